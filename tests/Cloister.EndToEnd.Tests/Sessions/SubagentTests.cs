using System.Text.Json;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Sessions;

/// <summary>A task that a subagent does, started by Claude Code's own Agent tool within one process.</summary>
public sealed class SubagentTests
{
    // The outer conversation does as it is told; the others do the same work, whoever they are.
    private const string Rules = """
        rules:
          - { name: does it itself, when: { subagent: false, prompt: Do it yourself }, answer: I did it all myself. }
          - name: outer structured
            when: { subagent: false, prompt: '/(?<input>\{"description":"Do the task".*\})\n\nWhen it has answered, give/s' }
            steps: [{ tool: Agent, rawInput: "${input}" }, { tool: StructuredOutput, input: { n: 3 } }]
          - name: outer
            when: { subagent: false, prompt: '/(?<input>\{"description":"Do the task".*\})\n\nWhen it has answered/s' }
            steps: [{ tool: Agent, rawInput: "${input}" }, "${lastToolResult}"]
          - name: note
            when: { prompt: Write the note }
            steps:
              - { tool: Bash, input: { command: "echo hello > note.txt", description: Write } }
              - { tool: mcp__cloister__report, input: { text: The note is written, path: note.txt } }
              - { tool: mcp__cloister__artifact, input: { name: findings.md, content: "# Found" } }
              - { tool: mcp__cloister__done, input: { summary: It is all there } }
              - I wrote the note.
          - { name: counts, when: { subagent: true, prompt: Count them }, answer: 'There are {"n": 3}' }
          - { name: broken, when: { subagent: true, prompt: Break down }, answer: { error: 400 } }
          - { name: works first, when: { subagent: true, prompt: Break later, turn: 1 }, answer: { tool: Bash, input: { command: echo a } } }
          - { name: broken later, when: { subagent: true, prompt: Break later }, answer: { error: 400 } }
          - name: for ever
            when: { subagent: true, prompt: Go on for ever, turn: 1-500 }
            answer: { tool: Bash, input: { command: sleep 0.1 }, usage: { input: 10, cacheRead: 20000, cacheWrite: 30, output: 400 } }
          - { name: is told again, when: { subagent: true, prompt: Ask and wait, last: Your process ended }, answer: I know what to do. }
          - name: asks
            when: { subagent: true, prompt: Ask and wait }
            steps:
              - { tool: mcp__cloister__ask, input: { question: Which colour? } }
              - { tool: Bash, input: { command: "echo '${lastToolResult}' > colour.txt; sleep 300", description: Wait, timeout: 400000 } }
              - Nobody came.
        """;

    [Theory]
    [MemberData(nameof(ModeStage.Versions), MemberType = typeof(ModeStage))]
    public async Task a_subagent_gives_what_an_agent_of_its_own_gives_and_every_token_is_counted_once(string version)
    {
        await using var stage = await ModeStage.SetAsync(version, Rules, """
            name: ways
            tasks:
              own: { prompt: Write the note. }
              sub: { prompt: Write the note., mode: subagent }
              count: { prompt: Count them., mode: subagent, result: { type: object, required: [n], properties: { n: { type: integer } } } }
            """);
        (await stage.RunAsync()).Expect(0);

        Assert.Equal(await ResultOfAsync(stage, "own"), await ResultOfAsync(stage, "sub"));
        Assert.Equal("hello; It is all there; note.txt, findings.md; The note is written (note.txt)", await ResultOfAsync(stage, "sub"));
        Assert.Equal("""{"n":3}""", stage.Task("count").Text("result"));
        Assert.Equal((1, 2), (Conversations(stage, "own"), Conversations(stage, "sub")));
        foreach (var task in new[] { "own", "sub", "count" })
        {
            var asked = stage.RequestsOf(task).Aggregate(RequestUsage.None, (sum, request) => sum + request.Usage);
            var counted = Assert.Single(stage.Attempts(task));
            Assert.Equal(asked, new RequestUsage(counted.Number("input_tokens"), counted.Number("cache_read_tokens"), counted.Number("cache_write_tokens"), counted.Number("output_tokens")));
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{version} {task}: {stage.RequestsOf(task).Count} requests, largest {stage.RequestsOf(task).Max(request => request.Tokens)} tokens, all {stage.RequestsOf(task).Sum(request => request.Tokens)}, ${counted.Amount("cost_usd"):0.000}");
        }
        // One that could start others would hide its work behind them.
        Assert.All(stage.RequestsOf("sub").Where(request => request.Agent is not null), request => Assert.DoesNotContain("Agent", request.Tools));
    }

    [Theory]
    [MemberData(nameof(ModeStage.Versions), MemberType = typeof(ModeStage))]
    public async Task what_goes_wrong_with_a_subagent_is_never_a_success(string version)
    {
        await using var stage = await ModeStage.SetAsync(version, Rules, """
            name: wrong
            defaults: { retries: 0, mode: subagent, autoRecovery: false, timeout: 60s }
            tasks:
              itself: { prompt: Do it yourself. }
              broken: { prompt: Break down. }
              later: { prompt: Break later. }
              turns: { prompt: Go on for ever., maxTurns: 4 }
              budget: { prompt: Go on for ever., budget: 0.30 }
              time: { prompt: Go on for ever., timeout: 6s }
            """);
        await stage.RunAsync();

        Assert.Equal(
            [
                "itself: check, it did not start the subagent that was to do the task",
                "broken: crash, its subagent ended without an answer",
                "later: crash, its subagent ended without an answer",
                "turns: budget, turn limit reached",
                "budget: budget, budget reached",
                "time: timeout, time is up",
            ],
            stage.Journal.Tasks.Select(task => $"{task.Text("task")}: {task.Text("reason")}, {task.Text("detail")}"));
        Assert.Equal(4, stage.RequestsOf("turns").Count(request => request.Agent is not null));
        Assert.Empty(stage.Agents());
    }

    [Theory]
    [MemberData(nameof(ModeStage.Versions), MemberType = typeof(ModeStage))]
    public async Task a_subagent_asks_is_stopped_and_its_successor_hears_the_whole_task(string version)
    {
        await using var stage = await ModeStage.SetAsync(version, Rules, "name: asks\ntasks: { sub: { prompt: Ask and wait., mode: subagent } }\n");
        await stage.BeginAsync();
        await Eventually.BeTrueAsync("the question", ModeStage.Patience, () => stage.Journal.Questions.Count == 1, stage.Story);
        (await stage.Cloister.RunAsync("answer", "q1", "green")).Expect(0);
        await Eventually.BeTrueAsync("the subagent to wait", ModeStage.Patience, () => Waiting(stage), stage.Story);
        (await stage.Cloister.RunAsync("stop", "r1/sub")).Expect(0);
        await Eventually.BeTrueAsync("the task to stop", ModeStage.Patience, () => stage.End("sub").State == "stopped", stage.Story);
        Assert.False(Waiting(stage));
        Assert.Empty(stage.Agents());
        Assert.Equal("green", await stage.Repository.GitAsync("show", $"{stage.Attempts("sub")[0].Text("work_commit")}:colour.txt"));

        (await stage.Cloister.RunAsync("retry", "r1/sub")).Expect(0);
        await Eventually.BeTrueAsync("the task to end", ModeStage.Patience, () => stage.End("sub").State == "review", stage.Story);
        var attempts = stage.Attempts("sub");
        Assert.Equal([0L, 0L], attempts.Select(attempt => attempt.Number("resumed")));
        Assert.NotEqual(attempts[0].Text("session"), attempts[1].Text("session"));
        var last = stage.RequestsOf("sub").Last(request => request.Agent is not null);
        Assert.True(last.LastUserText.Contains("Ask and wait.", StringComparison.Ordinal) && last.LastUserText.Contains("Your process ended", StringComparison.Ordinal), stage.Story());
    }

    private static async Task<string> ResultOfAsync(ModeStage stage, string task)
    {
        bool IsIts(JsonElement body) => body.GetProperty("task").GetString() == task;
        var note = await stage.Repository.GitAsync("show", $"{stage.Attempts(task)[0].Text("work_commit")}:note.txt");
        var artifacts = stage.Bodies("attempt.artifact").Where(IsIts).Select(body => body.GetProperty("artifact").GetProperty("name").GetString());
        var reports = stage.Bodies("attempt.noted").Where(body => IsIts(body) && body.GetProperty("kind").GetString() == "reported").Select(body => body.GetProperty("text").GetString());
        return $"{note}; {stage.Task(task).Text("summary")}; {string.Join(", ", artifacts)}; {string.Join(", ", reports)}";
    }

    private static int Conversations(ModeStage stage, string task) => stage.RequestsOf(task).Select(request => request.Agent).Distinct().Count();

    private static bool Waiting(ModeStage stage) =>
        ProcessTable.With("HOME", stage.Repository.Home).Any(process => process.CommandLine.StartsWith("sleep 300", StringComparison.Ordinal));
}
