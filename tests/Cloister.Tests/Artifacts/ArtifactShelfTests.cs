using Cloister.Artifacts;

namespace Cloister.Tests.Artifacts;

/// <summary>Kept results under their own names, for people and for git.</summary>
public sealed class ArtifactShelfTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-shelf-").FullName;

    private string Root => Path.Combine(_folder, "artifacts");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task the_newest_version_lies_under_its_name_and_every_version_has_its_line()
    {
        var first = await KeepAsync("out/report.md", "one", 1);
        var second = await KeepAsync("out/report.md", "two", 2);
        Put(first, first);
        var before = await File.ReadAllLinesAsync(Shelf("versions.json"), Cancel);
        Put(second, first, second);

        Assert.Equal("two", await File.ReadAllTextAsync(Shelf("out/report.md"), Cancel));
        var after = await File.ReadAllLinesAsync(Shelf("versions.json"), Cancel);
        // One line more, and the comma on the one before it.
        Assert.Equal((3, 4, before[1] + ","), (before.Length, after.Length, after[1]));
    }

    [Theory]
    [InlineData("../../outside.md")]
    [InlineData("/etc/passwd")]
    [InlineData("versions.json")]
    public async Task a_name_that_is_no_place_of_its_own_leads_nowhere(string name)
    {
        var artifact = await KeepAsync("x.md", "words", 1) is var kept ? kept with { Name = name } : null!;

        Put(artifact, artifact);

        Assert.False(File.Exists(Path.Combine(_folder, "outside.md")));
        Assert.StartsWith("[\n{\"name\":", await File.ReadAllTextAsync(Shelf("versions.json"), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_planted_link_is_not_followed()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName;
        Directory.CreateDirectory(Path.Combine(Root, "r7-api"));
        Directory.CreateSymbolicLink(Path.Combine(Root, "r7-api", "out"), elsewhere);
        var artifact = await KeepAsync("out/report.md", "words", 1);

        Put(artifact, artifact);

        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
        Assert.Equal("words", await File.ReadAllTextAsync(Shelf("out/report.md"), Cancel));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Shelf(string name) => Path.Combine(Root, "r7-api", name);

    private async Task<Artifact> KeepAsync(string name, string words, int version) =>
        await new ArtifactStore(Root).KeepTextAsync(name, words, Now, Cancel) with { Version = version };

    private void Put(Artifact newest, params Artifact[] all) => new ArtifactShelf(Root).Put("r7-api", newest, all, new ArtifactStore(Root));
}
