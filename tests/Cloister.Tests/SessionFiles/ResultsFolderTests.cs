using System.Text.Json;
using Cloister.SessionFiles;
using Cloister.Tests.Storage;

namespace Cloister.Tests.SessionFiles;

public sealed class ResultsFolderTests : IDisposable
{
    private readonly SessionScratch _scratch = new();

    private ResultsFolder Results => new(_scratch.Folder);

    public void Dispose() => _scratch.Dispose();

    private void Put(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_scratch.Folder.Results, path))!);
        File.WriteAllText(Path.Combine(_scratch.Folder.Results, path), content);
    }

    [Fact]
    public void what_is_written_is_read()
    {
        Results.WriteSummary("All tests pass.");
        Results.WriteResult(JsonElement.Parse("""{"passed":12,"why":"<b>"}"""));
        Put("report/a.csv", "a,b\n");

        Assert.Null(DeepEquality.Difference(
            new SessionResults(
                "All tests pass.\n",
                JsonElement.Parse("{\n  \"passed\": 12,\n  \"why\": \"\\u003Cb\\u003E\"\n}"),
                [new ResultFile("report/a.csv", 4), new ResultFile("result.json", 45), new ResultFile("summary.md", 16)],
                []),
            Results.Read()));
    }

    [Fact]
    public void nothing_there_is_no_result() => Assert.Null(DeepEquality.Difference(new SessionResults(null, null, [], []), Results.Read()));

    [Fact]
    public async Task only_plain_files_beneath_are_results()
    {
        var secret = Path.Combine(_scratch.Root, "secret");
        File.WriteAllText(secret, "secret");
        Put("a.txt", "a");
        Put("result.json", "{");
        File.CreateSymbolicLink(Path.Combine(_scratch.Folder.Results, "summary.md"), secret);
        Directory.CreateSymbolicLink(Path.Combine(_scratch.Folder.Results, "up"), _scratch.Root);
        await Posix.LinkAsync(secret, Path.Combine(_scratch.Folder.Results, "z-hard"));
        await Posix.MakePipeAsync(Path.Combine(_scratch.Folder.Results, "z-pipe"));

        var results = Results.Read();

        Assert.Equal((null, null), (results.Summary, results.Result));
        Assert.Equal([new ResultFile("a.txt", 1), new ResultFile("result.json", 1)], results.Files);
        Assert.Equal(["summary.md: a link leads to it", "up: a link leads to it", "z-hard: it has another name elsewhere (a hard link)", "z-pipe: it is no plain file"],
            results.Refused.Where(refused => refused.Path != "result.json").Select(refused => $"{refused.Path}: {refused.WhyNot}"));
        Assert.StartsWith("it is no complete JSON", results.Refused.Single(refused => refused.Path == "result.json").WhyNot, StringComparison.Ordinal);
    }

    [Fact]
    public void a_builds_output_is_no_result()
    {
        for (var i = 0; i <= ResultsFolder.MostFiles; i++)
            Put($"{i % 7}/{i}", "");
        Put(string.Join('/', Enumerable.Repeat("!", 17)) + "/deep", "");

        var results = Results.Read();

        Assert.InRange(results.Files.Count, ResultsFolder.MostFiles - 1, ResultsFolder.MostFiles);
        Assert.Contains(results.Refused, refused => refused.WhyNot == "it lies too deep");
        Assert.Contains(results.Refused, refused => refused.WhyNot == "there are more than 1000 files");
    }
}
