using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Sessions;

/// <summary>What becomes of an agent whose time is nearly up, and of one that was killed, by what its task says.</summary>
public sealed class TimeLimitTests
{
    // Nobody ends by the clock: the model thinks until the agent has been told what it is to hear, or for ever.
    private const string Rules = """
        rules:
          - { name: heard, when: { prompt: Until more time, last: extension 2 of 3 }, answer: I used the time. }
          - name: hands over
            when: { prompt: Until the end, last: A fresh conversation will take over }
            steps:
              - { tool: mcp__cloister__done, input: { summary: half is written, left: write the other half } }
              - Handed over.
          - name: takes over
            when: { prompt: write the other half }
            steps:
              - { tool: Bash, input: { command: "cat half.txt && echo two >> half.txt", description: Go on } }
              - Both halves are written.
          - name: first
            when: { prompt: Until, turn: 1 }
            answer: { tool: Bash, input: { command: "echo one > half.txt", description: Begin } }
          - name: thinks
            when: { prompt: Until, turn: 2-9 }
            answer: { tool: Bash, input: { command: echo on, description: Work } }
          - { when: { prompt: Wait here, last: Your process ended }, answer: I am back. }
          - when: { prompt: Wait here }
            steps: [{ tool: Bash, input: { command: "sleep 300", description: Wait, timeout: 400000 } }, Nobody came.]
        """;

    [Theory]
    [MemberData(nameof(ModeStage.Versions), MemberType = typeof(ModeStage))]
    public async Task more_time_is_granted_a_few_times_and_the_agent_hears_of_it(string version)
    {
        await using var stage = await ModeStage.SetAsync(version, Rules, """
            name: time
            tasks:
              extend: { prompt: Until more time., timeout: 8s, onTimeout: extend }
              bounded: { prompt: Until for ever., timeout: 5s, onTimeout: extend }
              fail: { prompt: Until for ever., timeout: 5s, onTimeout: fail }
            """, ThinkAsync);
        await stage.RunAsync();

        Assert.Equal(
            [("extend", "review", null, 2), ("bounded", "failed", "timeout", 3), ("fail", "failed", "timeout", 0)],
            new[] { "extend", "bounded", "fail" }.Select(task => (task, stage.End(task).State!, stage.End(task).Reason, Granted(stage, task))));
        Assert.All(new[] { "extend", "bounded", "fail" }, task => Assert.Single(stage.Attempts(task)));
        Assert.Contains(stage.RequestsOf("extend"), request => request.LastUserText.Contains("extension 1 of 3", StringComparison.Ordinal));
        Assert.All(stage.Bodies("task.extended"), body => Assert.True(body.GetProperty("byPolicy").GetBoolean()));
    }

    [Theory]
    [MemberData(nameof(ModeStage.Versions), MemberType = typeof(ModeStage))]
    public async Task time_that_is_up_is_handed_over_to_a_fresh_conversation_that_ends_the_work(string version)
    {
        await using var stage = await ModeStage.SetAsync(version, Rules, "name: time\ntasks: { slow: { prompt: Until the end., timeout: 15s, onTimeout: handover } }\n", ThinkAsync);
        (await stage.RunAsync()).Expect(0);

        var attempts = stage.Attempts("slow");
        Assert.Equal(("review", null), stage.End("slow"));
        Assert.Equal("Both halves are written.", stage.Task("slow").Text("summary"));
        Assert.Equal([0L, 0L], attempts.Select(attempt => attempt.Number("resumed")));
        Assert.NotEqual(attempts[0].Text("session"), attempts[1].Text("session"));
        Assert.Equal("timeout", Assert.Single(stage.Bodies("attempt.handover_asked")).GetProperty("cause").GetString());
        var handOver = await File.ReadAllTextAsync(Path.Combine(stage.SessionFolder("slow"), "progress", "HANDOVER.md"), TestContext.Current.CancellationToken);
        Assert.Contains("write the other half", handOver, StringComparison.Ordinal);
        Assert.Equal("one", await stage.Repository.GitAsync("show", $"{attempts[0].Text("work_commit")}:half.txt"));
        Assert.Equal("one\ntwo", await stage.Repository.GitAsync("show", $"{attempts[1].Text("work_commit")}:half.txt"));
        Assert.DoesNotContain("HANDOVER", await stage.Repository.GitAsync("ls-tree", "-r", "--name-only", attempts[1].Text("work_commit")!), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ModeStage.Versions), MemberType = typeof(ModeStage))]
    public async Task a_killed_agent_is_brought_back_unless_its_task_says_that_a_person_decides(string version)
    {
        await using var stage = await ModeStage.SetAsync(version, Rules, """
            name: recovery
            tasks:
              back: { prompt: Wait here. }
              gone: { prompt: Wait here., autoRecovery: false }
            """);
        await stage.BeginAsync();
        await Eventually.BeTrueAsync("both agents to wait", ModeStage.Patience, () => Waiting(stage) == 2, stage.Story);
        foreach (var agent in stage.Agents().ToList())
            ProcessTable.Kill(agent);
        await stage.EndAsync();

        Assert.Equal(
            [("back", "done", null, 2), ("gone", "failed", "crash", 1)],
            new[] { "back", "gone" }.Select(task => (task, stage.End(task).State!, stage.End(task).Reason, stage.Attempts(task).Count)));
    }

    private static Task ThinkAsync(TestRepository repository, RequestRecord request, CancellationToken cancellationToken)
    {
        if (request.Rule != "thinks")
            return Task.CompletedTask;
        return Told.Attempt(repository, request)?.Text("task") switch
        {
            "extend" => Told.ThingsAsync(repository, request, request.Turn - 1),
            "slow" => Told.ToHandOverAsync(repository, request),
            _ => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken),
        };
    }

    private static int Granted(ModeStage stage, string task) => stage.Bodies("task.extended").Count(body => body.GetProperty("task").GetString() == task);

    private static int Waiting(ModeStage stage) =>
        ProcessTable.With("HOME", stage.Repository.Home).Count(process => process.CommandLine.StartsWith("sleep 300", StringComparison.Ordinal));
}
