using System.Text.Json;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Verbs;

/// <summary>A person's day: every verb on the real command, the real claude and real git, in the order people use them.</summary>
public sealed class DayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const string Plan = """
        version: 1
        name: day
        tasks:
          colour: { prompt: pick a colour }
          tests: { prompt: run the tests, permissionMode: default }
          push: { prompt: push it, permissionMode: default }
          slow: { prompt: take your time }
          check: { prompt: fail the check, checks: test -f fixed.txt, retries: 0 }
        """;

    private const string Scenario = """
        rules:
          - when: { prompt: pick a colour }
            steps:
              - { tool: mcp__cloister__ask, input: { question: Which colour?, options: [red, blue] } }
              - { tool: Bash, input: { command: "echo '${lastToolResult}' > colour.txt" } }
              - picked
          - when: { prompt: run the tests }
            steps:
              - { tool: Bash, input: { command: "echo tested > tests.txt" } }
              - tested
          - when: { prompt: push it }
            steps:
              - { tool: Bash, input: { command: "echo pushed > pushed.txt" } }
              - "not pushed: ${lastToolResult}"
          - when: { prompt: take your time, last: /hurry up/ }
            steps:
              - { tool: Bash, input: { command: echo hurried > hurried.txt } }
              - hurried
          - when: { prompt: take your time, times: 200 }
            answer: { tool: Bash, input: { command: sleep 1 } }
          - when: { prompt: fail the check, last: /with care/ }
            steps:
              - { tool: Bash, input: { command: echo fixed > fixed.txt } }
              - fixed
          - when: { prompt: fail the check }
            answer: I am done.
          - when: { prompt: say hello }
            steps:
              - { tool: Write, input: { file_path: hello.txt, content: "hello\n" } }
              - hello
        """;

    [Fact]
    public async Task a_plan_goes_from_its_questions_to_the_base_branch()
    {
        await using var repository = await TestRepository.CreateAsync(("day.plan.yaml", Plan), ("scenario.yaml", Scenario));
        var oracle = await Oracle.BeforeAsync(repository);
        var cloister = repository.Cloister.With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned).With("CLOISTER_CONCURRENCY", "5");

        (await cloister.RunAsync("check", "day.plan.yaml")).Expect(0);
        Assert.Equal("r1\n", (await cloister.RunAsync("run", "day.plan.yaml", "--rehearse", "scenario.yaml", "--detach")).Expect(0).Output);

        // What waits is seen, and answered each in its way.
        var inbox = await UntilAsync("three questions", async () => (await cloister.RunAsync("inbox", "--json")).Expect(0).Data, data => data.GetArrayLength() == 3);
        var questions = inbox.EnumerateArray().ToDictionary(q => q.GetProperty("task").GetString()!.Split('/')[^1], q => q.GetProperty("id").GetString()!, StringComparer.Ordinal);
        (await cloister.RunAsync("wait", "r1", "--for", "needs_input")).Expect(3);
        (await cloister.RunAsync("answer", questions["colour"], "2")).Expect(0);
        (await cloister.RunAsync("approve", questions["tests"], "--always", "Bash(echo tested*)")).Expect(0);
        (await cloister.RunAsync("deny", questions["push"], "--reason", "not from here")).Expect(0);
        (await cloister.RunAsync("answer", questions["colour"], "red")).Expect(1);

        // A working agent is paused, goes on, and hears what it is told.
        await UntilAsync("slow to work", () => StateAsync(cloister, "slow"), state => state == "working");
        (await cloister.RunAsync("pause", "r1/slow")).Expect(0);
        await UntilAsync("slow to be paused", () => StateAsync(cloister, "slow"), state => state == "queued");
        (await cloister.RunAsync("resume", "r1/slow")).Expect(0);
        await UntilAsync("slow to go on", () => StateAsync(cloister, "slow"), state => state == "working");
        (await cloister.RunAsync("extend", "r1/slow", "--time", "5m")).Expect(0);
        (await cloister.RunAsync("send", "r1/slow", "hurry up")).Expect(0);

        // What failed is looked at and tried again.
        await UntilAsync("the check to fail", () => StateAsync(cloister, "check"), state => state == "failed");
        Assert.Contains("I am done.", (await cloister.RunAsync("logs", "r1/check")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("check failed", (await cloister.RunAsync("show", "r1/check")).Expect(0).Output, StringComparison.Ordinal);
        (await cloister.RunAsync("retry", "r1/check", "--with", "with care")).Expect(0);
        (await cloister.RunAsync(Patience, "wait", "r1/colour", "r1/tests", "r1/slow", "r1/check", "--for", "ended")).Expect(0);
        (await cloister.RunAsync(Patience, "wait", "r1", "--for", "ended")).Expect(1);

        var rows = (await cloister.RunAsync("ps", "--all", "--json")).Expect(0).Data.EnumerateArray().ToDictionary(row => row.GetProperty("task").GetString()!, StringComparer.Ordinal);
        Assert.All((string[])["colour", "tests", "slow", "check"], task => Assert.Equal("review", rows[task].GetProperty("state").GetString()));
        Assert.Equal(("failed", "denied"), (rows["push"].GetProperty("state").GetString(), rows["push"].GetProperty("reason").GetString()));
        Assert.Contains("hello", (await cloister.RunAsync(Patience, "spawn", "say hello", "--rehearse", "scenario.yaml", "--wait")).Expect(0).Output, StringComparison.Ordinal);

        // The work comes together on a branch of its own, and on the base only when asked.
        Assert.Contains("+blue", (await cloister.RunAsync("diff", "r1/colour")).Expect(0).Output, StringComparison.Ordinal);
        (await cloister.RunAsync("merge", "r1", "--preview")).Expect(0);
        Assert.Equal("", await repository.GitAsync("branch", "--list", "cloister/day-r1"));
        (await cloister.RunAsync("merge", "r1")).Expect(0);
        Assert.Equal("blue", await repository.GitAsync("show", "cloister/day-r1:colour.txt"));
        Assert.False(File.Exists(Path.Combine(repository.Project, "colour.txt")));
        await oracle.AssertAllIsWellAsync(TimeSpan.FromSeconds(10));
        (await cloister.RunAsync("land", "r1")).Expect(0);
        Assert.Equal("blue\n", await File.ReadAllTextAsync(Path.Combine(repository.Project, "colour.txt"), TestContext.Current.CancellationToken));
        Assert.Equal(["hurried.txt", "tests.txt"], new DirectoryInfo(repository.Project).EnumerateFiles("*.txt").Select(file => file.Name).Where(name => name is "hurried.txt" or "tests.txt" or "pushed.txt").Order(StringComparer.Ordinal));
        Assert.Equal("", await repository.GitAsync("status", "--porcelain", "--", ".", ":!.task_orchestrator"));

        // What it cost, what happened, and putting it away.
        Assert.Contains("colour", (await cloister.RunAsync("cost", "r1")).Expect(0).Output, StringComparison.Ordinal);
        var events = await EventsAsync(cloister);
        Assert.Equal(["run.started", "run.landed"], [events[0], events.Last(name => name.StartsWith("run.", StringComparison.Ordinal))]);
        (await cloister.RunAsync("rm", "r1", "--yes")).Expect(0);
        Assert.DoesNotContain("r1", (await cloister.RunAsync("ps", "--all", "--json")).Expect(0).Data.EnumerateArray().Select(row => row.GetProperty("run").GetString()));
        (await cloister.RunAsync("restore", "r1")).Expect(0);
        Assert.Contains("r1", (await cloister.RunAsync("ps", "--all", "--json")).Expect(0).Data.EnumerateArray().Select(row => row.GetProperty("run").GetString()));
        (await cloister.RunAsync("gc", "--yes")).Expect(0);
        Assert.Equal("blue", await repository.GitAsync("show", "refs/cloister/r1/colour/1:colour.txt"));
        (await cloister.RunAsync("engine", "stop")).Expect(0);
    }

    private static async Task<string?> StateAsync(CloisterCommand cloister, string task) =>
        (await cloister.RunAsync("ps", "--all", "--json")).Expect(0).Data.EnumerateArray()
            .First(row => row.GetProperty("task").GetString() == task).GetProperty("state").GetString();

    // A stream has no end of its own: what is there is there at once.
    private static async Task<IReadOnlyList<string>> EventsAsync(CloisterCommand cloister)
    {
        await using var streaming = await cloister.StartAsync("events", "r1", "--since", "0", "--json");
        await Eventually.BeTrueAsync("the last event", Patience, () => streaming.OutputSoFar.Contains("run.landed", StringComparison.Ordinal), () => streaming.OutputSoFar);
        return [.. streaming.OutputSoFar.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.EndsWith('}')).Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("data").GetProperty("event").GetString()!)];
    }

    private static async Task<T> UntilAsync<T>(string what, Func<Task<T>> look, Func<T, bool> wanted)
    {
        T? seen = default;
        await Eventually.BeTrueAsync(what, Patience, async () => wanted(seen = await look()), () => $"{seen}");
        return seen!;
    }
}
