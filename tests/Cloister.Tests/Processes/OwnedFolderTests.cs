using Cloister.Processes;
using Cloister.Runs;

namespace Cloister.Tests.Processes;

/// <summary>What we keep about people's work is for their eyes only, from the first folder that we made.</summary>
public sealed class OwnedFolderTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _top = Directory.CreateTempSubdirectory("cloister-owned-").FullName;

    public void Dispose() => Scratch.Delete(_top);

    [Fact]
    public void every_folder_of_the_state_is_for_its_owner_only()
    {
        var state = new StateFolder(
            Path.Combine(_top, StateFolder.FolderName),
            new Dictionary<string, string> { ["HOME"] = Path.Combine(_top, "home"), ["XDG_STATE_HOME"] = Path.Combine(_top, "home", "state"), ["XDG_RUNTIME_DIR"] = _top });
        state.Create();
        new AttemptDirectory(state.Attempt(Guid.Empty, 1)).Prepare(Spec(), []);

        var folders = Directory.GetDirectories(_top, "*", SearchOption.AllDirectories);

        Assert.Contains(Path.Combine(state.Root, "isolation", "sessions"), folders);
        Assert.All(folders, folder => Assert.Equal((folder, OwnerOnly), (folder, File.GetUnixFileMode(folder))));
    }

    [Fact]
    public void a_folder_that_is_there_stays_as_it_is()
    {
        var shared = Directory.CreateDirectory(Path.Combine(_top, "shared"), OwnerOnly | UnixFileMode.GroupRead).FullName;

        OwnedFolder.Create(shared);

        Assert.Equal(OwnerOnly | UnixFileMode.GroupRead, File.GetUnixFileMode(shared));
    }

    private AttemptSpec Spec() => new()
    {
        Attempt = AttemptRef.Parse("r1/api#1", null),
        InstanceId = "test",
        Nonce = AttemptSpec.NewNonce(),
        SessionId = Guid.Empty,
        Executable = "/bin/true",
        Arguments = [],
        WorkingDirectory = _top,
        Deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1),
    };
}
