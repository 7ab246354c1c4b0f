using Cloister.Landing;
using static Cloister.Tests.Workspaces.TemporaryProject;

namespace Cloister.Tests.Landing;

public sealed class DiffReaderTests
{
    [Fact]
    public async Task a_diff_lists_files_with_their_lines_and_shows_the_patch()
    {
        await using var story = await LandingStory.BeginAsync();
        var work = await story.WorkAsync("ui", new Dictionary<string, string?> { ["src/app.txt"] = null, ["src/moved.txt"] = Lines(1, 19) + "last\n", ["bin.dat"] = "a\0b", ["new\nline"] = "x\n" });

        var report = await new DiffReader(story.Content).ReportAsync(story.Repository.HeadCommit, work.Commit, DiffReader.DefaultLimit, CancellationToken.None);

        Assert.Equal(
            [new ChangedFile("bin.dat", "A", null, null), new ChangedFile("new\nline", "A", 1, 0), new ChangedFile("src/moved.txt", "R", 1, 1) { OldPath = "src/app.txt" }],
            report.Files);
        Assert.Contains("rename from src/app.txt", report.Patch, StringComparison.Ordinal);
        Assert.False(report.Truncated);
    }

    [Fact]
    public async Task a_long_diff_is_cut_and_says_so()
    {
        await using var story = await LandingStory.BeginAsync();
        var work = await story.WorkAsync("ui", "long.txt", Lines(1, 10_000));

        var patch = await new DiffReader(story.Content).PatchAsync(story.Repository.HeadCommit, work.Commit, 1000, CancellationToken.None);

        Assert.Equal((1000, true), (patch.Text.Length, patch.Truncated));
    }
}
