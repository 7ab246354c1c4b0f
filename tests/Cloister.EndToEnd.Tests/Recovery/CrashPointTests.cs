using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>The engine dies of SIGKILL at every step of a run, twice in a row, and the run ends as its plan says.</summary>
public sealed partial class CrashPointTests
{
    private const string Plan = """
        version: 1
        name: steps
        tasks:
          ask:
            title: Ask and write
            prompt: step-ask
            setup: echo set up > set-up.txt
            checks: [grep -q red choice.txt, test -f made.txt]
          fix:
            needs: ask
            prompt: step-fix
            retries: 1
            checks: grep -q 42 answer.txt
          many:
            needs: fix
            matrix: { word: [one] }
            prompt: step-many
          wrong:
            needs: many
            prompt: step-wrong
            retries: 0
            checks: test -f nothing.txt
          never:
            after: wrong
            if: false
            prompt: step-never
        """;

    private const string Scenario = """
        rules:
          - when: { prompt: step-ask }
            steps:
              - { tool: Write, input: { file_path: asked.txt, content: "asked\n" } }
              - { tool: Bash, input: { command: echo made > made.txt } }
              - { tool: mcp__cloister__report, input: { text: half way } }
              - { tool: mcp__cloister__ask, input: { question: Which colour?, options: [red, blue] } }
              - { tool: Bash, input: { command: "echo '${lastToolResult}' > choice.txt" } }
              - asked and written
          - when: { prompt: step-fix, last: /not accepted yet/ }
            steps:
              - { tool: Bash, input: { command: echo 42 > answer.txt } }
              - fixed
          - when: { prompt: step-fix }
            steps:
              - { tool: Write, input: { file_path: answer.txt, content: "41\n" } }
              - written
          - when: { prompt: step-many }
            steps:
              - { tool: Write, input: { file_path: many.txt, content: "many\n" } }
              - written
        """;

    // What a run goes through by itself, in its order; a question is answered in between. The agent works on while engines die, so what it
    // has more of comes with its first or its next: its output with the first task, its start with the second.
    private static readonly string[] BeforeTheAgent = ["attempt.claimed", "attempt.workspace", "attempt.setup"];

    private static readonly string[] BeforeTheAnswer = ["attempt.advanced", "attempt.noted", "question.asked"];

    private static readonly string[] AfterTheAnswer =
        [
        "input.delivered", "attempt.ended", "attempt.kept", "attempt.check", "task.succeeded",
        "attempt.started", "task.requeued", "task.expanded", "task.failed", "task.skipped", "run.finished",
    ];

    private const string FirstCommit = "commit.before";

    [Fact]
    public async Task a_run_survives_the_death_of_its_engine_at_every_step_and_twice_in_a_row()
    {
        await using var stage = await Stage.SetAsync(Scenario, Plan);
        await stage.DieAsync("commit.before:attempt.claimed", command => command.RunAsync("run", "test.plan.yaml", "--detach"));
        foreach (var step in BeforeTheAgent)
            await DieAroundAsync(stage, step);
        foreach (var point in (string[])["attempt.prepared", "attempt.prepared", "attempt.spawned", FirstCommit])
            await stage.DieAsync(point);
        foreach (var step in BeforeTheAnswer)
            await DieAroundAsync(stage, step);
        await DieAroundAsync(stage, "question.answered", command => command.RunAsync("answer", stage.OpenQuestion(), "red"));
        foreach (var step in AfterTheAnswer)
            await DieAroundAsync(stage, step);

        Assert.Equal(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ask"] = "review",
                ["fix"] = "review",
                ["many"] = "done",
                ["many.1"] = "review",
                ["wrong"] = "failed",
                ["never"] = "skipped",
            },
            await stage.StatesAsync("r1"));
        await stage.Oracle.AssertAllIsWellAsync(Stage.RecoveryLimit);
        Assert.Equal(1, stage.Count("run.accepted"));
        Assert.Equal(1, stage.Count("run.finished"));
        Assert.Equal(1, stage.Count("question.answered"));
        Assert.Equal(1, stage.Count("input.delivered"));
    }

    [Fact]
    public async Task a_setup_that_a_killed_engine_left_behind_is_ended_and_runs_again_from_its_start()
    {
        await using var stage = await Stage.SetAsync(Scenario, """
            version: 1
            name: left
            tasks:
              many: { prompt: step-many, setup: ["echo one >> ../steps", "test -e again || { touch again; sleep 306; }", "echo two >> ../steps"] }
            """);
        bool Sleeps() => ProcessTable.With("HOME", stage.Repository.Home).Any(process => process.CommandLine == "sleep 306");
        (await stage.Cloister.RunAsync("run", "test.plan.yaml", "--detach")).Expect(0);
        await Eventually.BeTrueAsync("the setup to run", Stage.Patience, Sleeps, stage.Story);

        stage.Engines().ToList().ForEach(ProcessTable.Kill);
        (await stage.Cloister.RunAsync("ps")).Expect(0);

        Assert.False(Sleeps(), "what nobody waits for any more still runs");
        await Eventually.BeTrueAsync("the task to end", Stage.Patience, async () => (await stage.StatesAsync("r1"))["many"] == "review", stage.Story);
        var workspace = (await stage.RowsAsync()).Single().GetProperty("workspace").GetString()!;
        Assert.Equal("one\none\ntwo\n", await File.ReadAllTextAsync(Path.Combine(workspace, "..", "steps"), TestContext.Current.CancellationToken));
        Assert.Equal(1, stage.Count("attempt.setup"));
        await stage.Oracle.AssertAllIsWellAsync(Stage.RecoveryLimit);
    }

    [Fact]
    public async Task a_check_that_a_killed_engine_left_behind_is_ended_and_runs_again()
    {
        await using var stage = await Stage.SetAsync(Scenario, """
            version: 1
            name: left
            tasks:
              many: { prompt: step-many, checks: "test -e again || { touch again; sleep 305; }" }
            """);
        bool Sleeps() => ProcessTable.With("HOME", stage.Repository.Home).Any(process => process.CommandLine == "sleep 305");
        (await stage.Cloister.RunAsync("run", "test.plan.yaml", "--detach")).Expect(0);
        await Eventually.BeTrueAsync("the check to run", Stage.Patience, Sleeps, stage.Story);

        stage.Engines().ToList().ForEach(ProcessTable.Kill);
        (await stage.Cloister.RunAsync("ps")).Expect(0);

        Assert.False(Sleeps(), "what nobody waits for any more still runs");
        await Eventually.BeTrueAsync("the check to pass", Stage.Patience, async () => (await stage.StatesAsync("r1"))["many"] == "review", stage.Story);
        await stage.Oracle.AssertAllIsWellAsync(Stage.RecoveryLimit);
    }

    // Before it is true, and there again; when it is true and nobody has heard of it, and then before anything else is.
    private static async Task DieAroundAsync(Stage stage, string step, Func<CloisterCommand, Task<CommandOutcome>>? act = null)
    {
        await stage.DieAsync($"commit.before:{step}", act);
        await stage.DieAsync($"commit.before:{step}", act);
        await stage.DieAsync($"commit.after:{step}", act);
        if (!IsFollowedByAStep(step))
            await stage.DieAsync(FirstCommit);
    }

    // Where the next commit is the next step's own, or waits for a person, or never comes.
    private static bool IsFollowedByAStep(string step) => BeforeTheAgent.Contains(step) || step is "question.asked" or "run.finished";
}
