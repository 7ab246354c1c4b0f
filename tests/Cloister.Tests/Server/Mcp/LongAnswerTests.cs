using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.Landing;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Server.Mcp;
using Cloister.Server.Mcp.Seeds;
using Cloister.Server.Mcp.Tools;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Server.Mcp;

/// <summary>However much there is to say, an answer stays below two thousand tokens and names where the rest is.</summary>
public sealed class LongAnswerTests : IAsyncLifetime
{
    // As in the budgets of the definitions: 3.3 characters a token.
    private const int Longest = 6_600;

    private readonly EngineRig _rig = new();
    private McpRig _client = null!;

    public async ValueTask InitializeAsync()
    {
        await _rig.OpenAsync();
        _client = new McpRig(ToolTests.DeskOf(_rig));
        await _client.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _rig.DisposeAsync();
    }

    [Fact]
    public async Task a_plan_of_many_tasks()
    {
        var tasks = string.Join(',', Enumerable.Range(1, 300).Select(number => $$"""{"id":"{{Long("task", number)}}","prompt":"Go."{{(number % 2 == 0 ? $",\"needs\":[\"{Long("task", number - 1)}\"]" : "")}}}"""));

        var (text, data) = await CallAsync("plan_run", $$"""{"start":false,"tasks":[{{tasks}}]}""");

        Assert.Contains("more tasks in 2 waves: cloister check", text, StringComparison.Ordinal);
        Assert.InRange(data["waves"]!.AsArray().Sum(wave => wave!.AsArray().Count), 20, 299);
    }

    [Fact]
    public async Task many_agents()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_rig.Project, ".claude", "agents")).FullName;
        foreach (var name in Enumerable.Range(1, 200).Select(number => Long("agent", number)))
            await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.md"), $"---\nname: {name}\ndescription: {new string('d', 300)}\n---\nWork.\n", TestContext.Current.CancellationToken);

        var (text, data) = await CallAsync("list_agent_types", "{}");

        Assert.EndsWith($"and {data["more"]} more: cloister agent list", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_task_of_many_parts()
    {
        await using var client = new McpRig(ToolTests.DeskOf(_rig), "compat");
        await client.InitializeAsync();
        var parts = string.Join(',', Enumerable.Range(1, 150).Select(number => $$"""{"title":"{{Long("part", number)}}","dependencies":[{{(number == 1 ? "" : $"{number - 2}")}}]}"""));

        var (text, data) = await CallAsync("orchestrator_plan_task", $$"""{"description":"All of it","subtasks_json":[{{parts}}]}""", client);

        Assert.Equal(150, data["subtasks"]!.AsArray().Count + data["more"]!.GetValue<int>());
        Assert.Contains($"and {data["more"]} more\nnext: orchestrator_get_status lists those", text, StringComparison.Ordinal);
    }

    [Fact]
    public void a_merge_in_which_everything_meets()
    {
        var cars = Enumerable.Range(1, 200).Select(number => new MergeCar(Long("task", number), "c", 1, 1, 1, number % 2 == 0 ? [Conflict(number)] : [])).ToList();
        var checks = Enumerable.Range(1, 20).Select(number => new CommandResult($"check {number}", number % 2, 1, new string('o', 4_000))).ToList();

        var answer = MergeTool.Answer(new RunId(1), new MergeReport("cloister/r1", null, Changed: false, cars, checks), preview: true);

        Assert.InRange(JsonSerializer.Serialize(answer, McpJson.Readable.MergeAnswer).Length, 1, Longest);
        Assert.Matches(@"\A\d+ more tasks, \d+ more conflicts, \d+ more checks: cloister merge r1 --dry-run\z", answer.More);
        Assert.All(answer.Conflicts, conflict => Assert.Equal(5, conflict.Lines?.Count));
        Assert.Equal("merge refs [\"r1\"] mode branch", MergeTool.Answer(new RunId(1), new MergeReport("cloister/r1", null, Changed: false, [.. cars.Where(car => car.Conflicts.Count == 0)], []), preview: true).Next);
    }

    [Fact]
    public void a_merge_that_changed_nothing_says_why()
    {
        var carried = new MergeReport("cloister/r1", "c", Changed: false, [new MergeCar("a", null, 0, 0, 0, [])], []);
        var failed = carried with { Checks = [new CommandResult("check", 1, 1, "")] };

        Assert.StartsWith("nothing had to be changed: cloister/r1 holds all of it", MergeTool.Answer(new RunId(1), carried, preview: false).Next, StringComparison.Ordinal);
        Assert.Equal("nothing was changed: a check failed", MergeTool.Answer(new RunId(1), failed, preview: false).Next);
    }

    [Fact]
    public void files_that_conflict_and_are_not_named_are_counted()
    {
        var car = new MergeCar("a", null, 0, 0, 0, [new MergeConflict("a.txt", "b")]) { MoreConflicts = 30 };

        Assert.StartsWith("30 more conflicts", MergeTool.Answer(new RunId(1), new MergeReport("cloister/r1", null, Changed: false, [car], []), preview: true).More, StringComparison.Ordinal);
    }

    [Fact]
    public void results_of_older_orchestrators()
    {
        var names = Enumerable.Range(1, 500).Select(number => $"src/{Long("file", number)}.cs").ToList();

        var results = SeedResults.Of("r1/a", new string('s', 10_000), names, names);

        Assert.InRange(results.Summary!.Length + results.Files.Concat(results.Artifacts).Sum(name => name.Length + 4), 1, Longest);
        Assert.Equal($"{500 - results.Files.Count} more files: cloister diff r1/a; {500 - results.Artifacts.Count} more artifacts: cloister show r1/a", results.More);
    }

    [Fact]
    public void few_of_them_are_all_there() => Assert.Equal(
        (3, (string?)null),
        SeedResults.Of("r1/a", "done", ["a", "b"], ["c"]) is var few ? (few.Files.Count + few.Artifacts.Count, few.More) : default);

    private async Task<(string Text, JsonObject Data)> CallAsync(string tool, string arguments, McpRig? client = null)
    {
        var result = (await (client ?? _client).CallAsync("tools/call", McpRig.Parameters(tool, arguments)))["result"]!;
        var (text, data) = (result["content"]![0]!["text"]!.GetValue<string>(), result["structuredContent"]!.AsObject());
        Assert.InRange(text.Length, 1, Longest);
        Assert.InRange(data.ToJsonString().Length, 1, Longest);
        return (text, data);
    }

    private static MergeConflict Conflict(int number) =>
        new($"src/{Long("file", number)}.cs", Long("task", number - 1)) { Ranges = [.. Enumerable.Range(1, 50).Select(line => new ConflictRange(line, line + 1, line, line + 1))] };

    private static string Long(string what, int number) => $"{what}-with-a-name-that-says-what-it-is-about-{number:0000}";
}
