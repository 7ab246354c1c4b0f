using System.Text;
using Cloister.SessionFiles;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.SessionFiles;

public sealed class SessionFolderTests : IDisposable
{
    private readonly SessionScratch _scratch = new();

    private SessionFolder Folder => _scratch.Folder;

    private string Elsewhere => Directory.CreateDirectory(Path.Combine(_scratch.Root, "elsewhere")).FullName;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void the_layout_is_the_promised_one_and_for_its_owner_only()
    {
        Folder.Create();
        Folder.WriteInstructions("do");
        Folder.WriteContext("know");

        Assert.Equal(
            ["attempts", "communication", "communication/from_agent", "communication/to_agent", "context.md", "instructions.md", "progress", "results"],
            Directory.EnumerateFileSystemEntries(Folder.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder.Path, path)).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetDirectories(_scratch.Root, "*", SearchOption.AllDirectories), path => Assert.Equal((path, SessionScratch.OwnerFolder), (path, File.GetUnixFileMode(path))));
        Assert.All(Directory.GetFiles(_scratch.Root, "*", SearchOption.AllDirectories), path => Assert.Equal((path, SessionScratch.OwnerFile), (path, File.GetUnixFileMode(path))));
    }

    [Fact]
    public void any_text_stands_in_its_file_as_it_was_given() => Prop.ForAll(
        UnicodeText.Any,
        text =>
        {
            Folder.WriteInstructions(text);
            Assert.Equal(text, Encoding.UTF8.GetString(File.ReadAllBytes(Folder.Instructions)));
        }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    [Fact]
    public void the_same_text_again_touches_nothing_and_an_empty_one_replaces()
    {
        Folder.WriteContext("once");
        var written = File.GetLastWriteTimeUtc(Folder.Context);
        File.SetLastWriteTimeUtc(Folder.Context, written.AddDays(-1));
        Folder.WriteContext("once");
        Assert.Equal(written.AddDays(-1), File.GetLastWriteTimeUtc(Folder.Context));

        Folder.WriteContext("");
        Assert.Equal("", File.ReadAllText(Folder.Context));
    }

    [Fact]
    public void a_text_that_fits_into_no_window_is_refused() =>
        Assert.Equal("session.text", Assert.Throws<CloisterException>(() => Folder.WriteContext(new string('x', SessionFolder.LargestText + 1))).Code);

    [Fact]
    public void a_link_in_the_place_of_a_file_is_replaced_not_followed()
    {
        var victim = Path.Combine(Elsewhere, "victim");
        File.WriteAllText(victim, "untouched");
        File.CreateSymbolicLink(Folder.Instructions, victim);
        File.CreateSymbolicLink(Path.Combine(Folder.Path, ".instructions.md.tmp"), victim);

        Folder.WriteInstructions("do");

        Assert.Equal(("untouched", "do", null), (File.ReadAllText(victim), File.ReadAllText(Folder.Instructions), new FileInfo(Folder.Instructions).LinkTarget));
    }

    [Theory]
    [InlineData("communication")]
    [InlineData("communication/to_agent")]
    [InlineData("progress")]
    [InlineData("results")]
    public void a_link_in_the_place_of_a_folder_is_put_aside_and_nothing_is_written_behind_it(string name)
    {
        var folder = Path.Combine(Folder.Path, name);
        Directory.Move(folder, folder + ".old");
        Directory.CreateSymbolicLink(folder, Elsewhere);

        Folder.Create();
        _scratch.Box().Write(SessionScratch.Instruction(1, "go"));
        new ResultsFolder(Folder).WriteSummary("done");
        new ProgressFolder(Folder).Write(new HandOver("t", "a", "why", SessionScratch.Now, null, [], null));

        Assert.Empty(Directory.GetFileSystemEntries(Elsewhere));
        Assert.Equal((null, Elsewhere), (new DirectoryInfo(folder).LinkTarget, new DirectoryInfo(folder + ".not-a-folder-1").LinkTarget));
        Assert.True(File.Exists(Path.Combine(Folder.ToAgent, "0001-instruction.json")));
    }

    [Fact]
    public void a_file_in_the_place_of_a_folder_stops_nobody()
    {
        Directory.Delete(Folder.FromAgent);
        File.WriteAllText(Folder.FromAgent, "ha");

        Assert.Empty(_scratch.Box().Look().Messages);
        Assert.True(Directory.Exists(Folder.FromAgent));
    }

    [Fact]
    public void a_link_in_the_place_of_the_session_is_refused()
    {
        Directory.CreateSymbolicLink(Path.Combine(_scratch.Isolation, "sessions", "other"), Elsewhere);
        var other = new SessionFolder(_scratch.Isolation, SessionName.Parse("other"));

        Assert.Equal("folder.impostor", Assert.Throws<CloisterException>(other.Create).Code);
        Assert.Equal("folder.impostor", Assert.Throws<CloisterException>(() => other.WriteContext("x")).Code);
        Assert.Empty(Directory.GetFileSystemEntries(Elsewhere));
    }

    [Fact]
    public void a_person_may_keep_all_of_it_on_another_disk()
    {
        var isolation = Path.Combine(_scratch.Root, "linked");
        Directory.CreateSymbolicLink(isolation, Elsewhere);
        var folder = new SessionFolder(isolation, SessionScratch.Name);

        folder.Create();

        Assert.True(Directory.Exists(Path.Combine(Elsewhere, "sessions", "r7-api", "results")));
    }
}
