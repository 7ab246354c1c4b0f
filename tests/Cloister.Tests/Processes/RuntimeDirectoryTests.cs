using Cloister.Processes;

namespace Cloister.Tests.Processes;

public sealed class RuntimeDirectoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cl-").FullName;

    private string OfTheUser { get; } = $"/tmp/cloister-{OwnedFolder.CurrentUser}";

    public void Dispose() => Scratch.Delete(_folder);

    [Fact]
    public void the_folder_of_the_login_is_used_while_it_is_there()
    {
        Assert.Equal(Path.Combine(_folder, "cloister"), RuntimeDirectory.Of(_folder));
        Assert.Equal(OfTheUser, RuntimeDirectory.Of(Path.Combine(_folder, "gone")));
        Assert.Equal(OfTheUser, RuntimeDirectory.Of(null));
        Assert.Equal(OfTheUser, RuntimeDirectory.Of(""));
    }

    [Fact]
    public void a_folder_too_long_for_a_socket_is_not_used_whatever_its_letters()
    {
        foreach (var name in new[] { new string('x', 60), new string('語', 20) })
        {
            var deep = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
            Assert.Equal(OfTheUser, RuntimeDirectory.Of(deep));
        }
    }

    [Fact]
    public void the_longest_name_of_a_project_makes_a_socket_that_can_be_bound()
    {
        var session = Directory.CreateDirectory(Path.Combine(_folder, new string('x', 51 - _folder.Length - 1))).FullName;
        var state = new StateFolder(
            Path.Combine("/somewhere", new string('p', 200), StateFolder.FolderName),
            new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = session });

        Assert.StartsWith(session, state.Socket, StringComparison.Ordinal);
        Assert.Equal(RuntimeDirectory.MaxSocketPath, state.Socket.Length);
    }

    [Fact]
    public void a_socket_is_trusted_only_where_nobody_else_could_have_put_it()
    {
        var own = Directory.CreateDirectory(Path.Combine(_folder, "own"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        var open = Directory.CreateDirectory(Path.Combine(_folder, "open")).FullName;
        File.SetUnixFileMode(open, File.GetUnixFileMode(own) | UnixFileMode.OtherExecute);
        File.CreateSymbolicLink(Path.Combine(_folder, "link"), own);

        Assert.True(RuntimeDirectory.IsTrusted(Path.Combine(own, "a.sock")));
        Assert.False(RuntimeDirectory.IsTrusted(Path.Combine(open, "a.sock")));
        Assert.False(RuntimeDirectory.IsTrusted(Path.Combine(_folder, "link", "a.sock")));
        Assert.False(RuntimeDirectory.IsTrusted(Path.Combine(own, new string('x', 100))));
        Assert.False(RuntimeDirectory.IsTrusted("a.sock"));
    }
}
