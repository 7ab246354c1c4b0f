using System.Globalization;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>
/// Many tasks, most of which meet a failure that passes: a limit, an overload, an error of the service, a connection that breaks, an agent
/// that dies. What comes through without a person is counted.
/// </summary>
public sealed class TransientFailureTests
{
    private const int Tasks = 40, Slots = 16;

    private const double LeastSuccess = 0.95, LeastRecovery = 0.90;

    // More often than claude itself asks again: the engine has to begin another attempt.
    private const int BeyondClaude = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static readonly string Scenario = $$"""
        rules:
          - when: { prompt: '/meets (overload|limit|error|cut|outage|death|nothing) (?<n>\d+)/', toolResult: /written/ }
            answer: note ${n} is written
          {{Failing("overload", "error: 529, failures: 2")}}
          {{Failing("limit", "error: { status: 429, type: rate_limit_error, message: slow down }, failures: 2")}}
          {{Failing("error", "error: 500, failures: 2")}}
          {{Failing("cut", "stream: cut-before-first, failures: 2")}}
          {{Failing("outage", $"error: 529, failures: {BeyondClaude}")}}
          {{Failing("(?:death|nothing)", "failures: 0")}}
        """.Replace(", failures: 0", "", StringComparison.Ordinal);

    private static readonly string[] Fates = ["overload", "limit", "error", "cut", "death", "outage", "death", "nothing"];

    [Fact]
    public async Task nearly_all_tasks_succeed_and_nearly_all_that_failed_on_the_way_recover_by_themselves()
    {
        var plan = string.Create(CultureInfo.InvariantCulture, $"version: 1\nname: weather\nconcurrency: {Slots}\ntasks:\n")
            + string.Concat(Enumerable.Range(0, Tasks).Select(n => $"  t{n}: {{ prompt: It meets {Fates[n % Fates.Length]} {n}. }}\n"));
        await using var stage = await Stage.SetAsync(Scenario, plan);
        var cloister = stage.Cloister.With("CLOISTER_CONCURRENCY", Slots.ToString(CultureInfo.InvariantCulture));
        var doomed = Enumerable.Range(0, Tasks).Where(n => Fates[n % Fates.Length] == "death").Select(n => $"r1/t{n}").ToHashSet(StringComparer.Ordinal);

        await using var run = await cloister.StartAsync("run", "test.plan.yaml", "--no-input");
        // Each of them dies once, as soon as it has spoken.
        await Eventually.BeTrueAsync("all deaths", Patience, async () => await StrikeAsync(stage, doomed) == 0 || run.HasEnded, stage.Story);
        var ended = await run.EndAsync(Patience);

        var journal = stage.Journal;
        var met = Met(stage);
        var succeeded = journal.Tasks.Where(task => task.Text("state") is "review" or "done").Select(task => task.Text("task")!).ToHashSet(StringComparer.Ordinal);
        var (success, recovery) = ((double)succeeded.Count / Tasks, (double)met.Count(succeeded.Contains) / met.Count);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{succeeded.Count} of {Tasks} tasks succeeded ({success:0.0 %}), {met.Count(succeeded.Contains)} of {met.Count} that met a failure recovered ({recovery:0.0 %}), {journal.Attempts.Count} attempts, {ended.Took.TotalSeconds:0.0} s"));
        Assert.True(success >= LeastSuccess, stage.Story());
        Assert.True(recovery >= LeastRecovery, stage.Story());
        // All but those that were to meet nothing did meet what they were to, and nobody was asked.
        Assert.Equal(Tasks - (Tasks / Fates.Length), met.Count);
        Assert.Empty(journal.Questions);
        foreach (var task in succeeded)
            Assert.Equal("written", await stage.Repository.GitAsync("show", $"cloister/r1/{task}:note.txt"));
        await stage.Oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));
    }

    private static string Failing(string fate, string how) =>
        $$"""- { when: { prompt: /meets {{fate}} \d+/ }, steps: [ { tool: Bash, input: { command: "echo written | tee note.txt", description: Write }, {{how}} } ] }""";

    // Tasks of which an attempt ended badly, or a request failed that claude made again.
    private static HashSet<string> Met(Stage stage)
    {
        var failed = stage.Requests.Where(request => request.Status >= 400 || request.Fault is not null).Select(request => request.Session).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var attempts = stage.Journal.Attempts;
        return [.. attempts.Where(attempt => attempt.Number("attempt") > 1 || failed.Contains(attempt.Text("session")!)).Select(attempt => attempt.Text("task")!)];
    }

    // How many are still to die.
    private static async Task<int> StrikeAsync(Stage stage, HashSet<string> doomed)
    {
        var folders = (await AttemptFolders.ReadAsync(stage.Repository)).Where(folder => doomed.Contains(folder.Task) && folder.Output.Length > 0).ToList();
        foreach (var agent in stage.Agents().ToList())
        {
            if (folders.Find(folder => agent.Variable("CLOISTER_ATTEMPT") == folder.Nonce) is { } folder && doomed.Remove(folder.Task))
                ProcessTable.Kill(agent);
        }
        return doomed.Count;
    }
}
