using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary><c>cloister stop</c> on the real claude: everything the agent started ends with it, wherever it went; the work stays.</summary>
public sealed class KillLadderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Interrupt, close, SIGINT and SIGKILL have their seconds; nobody should wait longer for an end they asked for.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private const string Plan = """
        version: 1
        name: ladder
        tasks:
          one: { prompt: ladder }
        """;

    // A daemon of the agent's own, a child in the session of its Bash, and Bash itself.
    private const string Scenario = """
        rules:
          - when: { prompt: ladder }
            steps:
              - { tool: Write, input: { file_path: kept.txt, content: "kept\n" } }
              - { tool: Bash, input: { command: "setsid nohup sleep 301 > daemon.log 2>&1 < /dev/null & sleep 302 & sleep 303" } }
        """;

    [Fact]
    public Task a_stopped_task_leaves_no_process_and_keeps_its_work() => StopAsync("stop", user: null);

    [Fact]
    public Task a_stopped_task_of_a_normal_user_leaves_no_process_and_keeps_its_work()
    {
        Assert.SkipUnless(Environment.UserName == "root", "these tests run as a normal user already");
        return StopAsync("stop", user: "65534");
    }

    [Fact]
    public Task a_paused_task_leaves_no_process_and_keeps_its_work() => StopAsync("pause", user: null);

    private static async Task StopAsync(string verb, string? user)
    {
        await using var stage = await Stage.SetAsync(Scenario, Plan);
        if (user is { } id)
            await stage.GiveToAsync(id);
        (await stage.Cloister.RunAsync("run", "test.plan.yaml", "--detach")).Expect(0);
        string[] sleepers = ["sleep 301", "sleep 302", "sleep 303"];
        await Eventually.BeTrueAsync("the agent's three children", Patience, () => sleepers.All(sleeper => Sleeps(stage, sleeper)), stage.Story);

        (await stage.Cloister.RunAsync(verb, "r1/one")).Expect(0);

        await Eventually.BeTrueAsync($"nothing to be left after {verb}", StopLimit, () => !stage.Shims().Any() && !stage.Agents().Any() && !Array.Exists(sleepers, sleeper => Sleeps(stage, sleeper)), stage.Story);
        await Eventually.BeTrueAsync("the work to be kept", Patience, () => stage.Count("attempt.kept") == 1, stage.Story);
        Assert.Equal("kept", await stage.Repository.GitAsync("show", "refs/cloister/r1/one/1:kept.txt"));
        await Eventually.BeTrueAsync("the state that was asked for", Patience, async () =>
            (await stage.StatesAsync("r1"))["one"] == (verb == "stop" ? "stopped" : "queued"), stage.Story);
        await stage.Oracle.AssertAllIsWellAsync(Stage.RecoveryLimit);
    }

    private static bool Sleeps(Stage stage, string sleeper) =>
        ProcessTable.With("HOME", stage.Repository.Home).Any(process => process.CommandLine == sleeper);
}
