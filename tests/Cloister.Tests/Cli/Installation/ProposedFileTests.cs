using Cloister.Cli.Installation;

namespace Cloister.Tests.Cli.Installation;

public sealed class ProposedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-proposed-").FullName;

    [Fact]
    public void the_difference_is_what_changes_and_nothing_around_it()
    {
        var file = new ProposedFile("f", "{\n  \"secret\": 1,\n  \"a\": 2\n}\n", "{\n  \"secret\": 1,\n  \"b\": 3,\n  \"c\": \e[31m\n}\n");
        Assert.Equal(["-   \"a\": 2", "+   \"b\": 3,", "+   \"c\": ⟨U+001B⟩[31m"], file.Difference().Select(line => line.ToString()));
    }

    [Fact]
    public void a_new_file_is_all_difference() =>
        Assert.Equal(["+ a", "+", "+ b"], new ProposedFile("f", null, "a\n\nb\n").Difference().Select(line => line.ToString()));

    [Fact]
    public void lines_that_come_twice_are_shown_once() =>
        Assert.Equal(["+ a"], new ProposedFile("f", "a\na\n", "a\na\na\n").Difference().Select(line => line.ToString()));

    [Fact]
    public void it_is_written_through_a_link_with_the_rights_it_had()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "rights and links are those of unix");
        var (real, link) = (Path.Combine(_folder, "real"), Path.Combine(_folder, "link"));
        File.WriteAllText(real, "old");
        File.SetUnixFileMode(real, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(link, "real");
        ProposedFile.Of(link, before => before + "er").Write();
        Assert.Equal("older", File.ReadAllText(real));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(real));
        Assert.Equal("real", new FileInfo(link).LinkTarget);
        Assert.Equal(["link", "real"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void what_somebody_else_wrote_meanwhile_stays()
    {
        var path = Path.Combine(_folder, "f");
        File.WriteAllText(path, "seen");
        var file = ProposedFile.Of(path, _ => "mine");
        File.WriteAllText(path, "theirs");
        Assert.Equal("files.changed", Assert.Throws<CloisterException>(file.Write).Code);
        Assert.Equal("theirs", File.ReadAllText(path));
    }

    [Fact]
    public void bytes_that_are_no_text_are_refused_before_they_change()
    {
        var path = Path.Combine(_folder, "f");
        File.WriteAllBytes(path, [(byte)'{', 0xFF, (byte)'}']);
        Assert.Equal("files.read", Assert.Throws<CloisterException>(() => ProposedFile.Of(path, _ => "mine")).Code);
    }

    [Fact]
    public void what_cannot_be_kept_beside_it_names_the_file_itself()
    {
        var path = Path.Combine(_folder, "f");
        File.WriteAllText(path, "old");
        // Where the copy is to be kept there is something else; as root, rights would not do.
        Directory.CreateDirectory($"{path}.20260301-120000.bak");
        var failure = Assert.Throws<CloisterException>(() => ProposedFile.Of(path, _ => "new").KeepBefore(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)));
        Assert.Equal("files.write", failure.Code);
        Assert.StartsWith($"{path} could not be written: ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".bak", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"allow writing in {_folder}", failure.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void folders_on_the_way_are_made()
    {
        var path = Path.Combine(_folder, "a", "b", "f");
        ProposedFile.Of(path, before => before ?? "new").Write();
        Assert.Equal("new", File.ReadAllText(path));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
