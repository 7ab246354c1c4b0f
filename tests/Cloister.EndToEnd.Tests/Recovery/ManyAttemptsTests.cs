using System.Globalization;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>
/// A hundred live attempts and a hundred finished runs whose work waits for a look. The agents are a shell script that speaks the CLI's
/// protocol and waits: a hundred of the real one do not fit on a small machine, and what is measured here is not theirs.
/// </summary>
public sealed class ManyAttemptsTests
{
    private const int Many = 100;

    // Starts at the same time; each of them is a shim of ours and a worktree.
    private const string Concurrency = "8";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // Ends a prompt "end" with a file and a result, and asks for permission in all others, which then wait for a person.
    private const string Agent = """
        #!/bin/sh
        [ "$1" = --version ] && { echo '2.1.329 (Claude Code)'; exit; }
        read -r initialize
        read -r prompt
        printf '%s\n' '{"type":"system","subtype":"init","model":"claude-sonnet-4-5","claude_code_version":"2.1.329","permissionMode":"acceptEdits","tools":[]}'
        case "$prompt" in
        *many-end*)
            echo made > made.txt
            uuid=$(expr "$prompt" : '.*"uuid":"\([^"]*\)"')
            printf '{"type":"user","message":{"role":"user","content":[]},"uuid":"%s","isReplay":true}\n' "$uuid"
            printf '%s\n' '{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","result":"made","num_turns":1,"total_cost_usd":0,"usage":{}}' '{"type":"system","subtype":"session_state_changed","state":"idle"}' ;;
        *)
            printf '%s\n' '{"type":"control_request","request_id":"one","request":{"subtype":"can_use_tool","tool_name":"Deploy","input":{},"tool_use_id":"t1"}}' ;;
        esac
        exec cat > /dev/null
        """;

    [Fact]
    public async Task a_hundred_live_attempts_and_a_hundred_finished_runs_are_recovered_within_five_seconds()
    {
        await using var stage = await Stage.SetAsync("rules: []", PlanOf(Many, "many-wait"));
        stage.Repository.Write("end.plan.yaml", PlanOf(1, "many-end"));
        await stage.EmployAsync(Agent, Concurrency);
        for (var i = 0; i < Many; i++)
            (await stage.Cloister.RunAsync("run", "end.plan.yaml", "--detach")).Expect(0);
        (await stage.Cloister.RunAsync("run", "test.plan.yaml", "--detach")).Expect(0);
        await Eventually.BeTrueAsync("a hundred finished runs and a hundred questions", Patience, () =>
            stage.Journal is var journal && journal.Runs.Count(run => run.Text("phase") == "finished") == Many && journal.Questions.Count == Many, stage.Story);

        stage.Engines().ToList().ForEach(ProcessTable.Kill);
        await RecoverAsync(stage, "a killed engine");

        // The second time a tenth of the shims dies with it: their agents have to be found and ended.
        stage.Engines().Concat(stage.Shims().Take(Many / 10)).ToList().ForEach(ProcessTable.Kill);
        await RecoverAsync(stage, "an engine killed together with ten shims");
        await stage.Oracle.AssertAllIsWellAsync(Patience);

        (await stage.Cloister.RunAsync("stop", $"r{Many + 1}")).Expect(0);
        await Eventually.BeTrueAsync("nothing to be left", Patience, () => !stage.Shims().Any() && !ProcessTable.With("HOME", stage.Repository.Home).Any(p => p.CommandLine == "cat"), stage.Story);
    }

    private static async Task RecoverAsync(Stage stage, string after)
    {
        var look = (await stage.Cloister.RunAsync("ps", "--json")).Expect(0);
        TestContext.Current.TestOutputHelper!.WriteLine($"the first answer after {after}: {look.Took.TotalSeconds:0.00} s, {look.Data.GetArrayLength()} tasks");
        Assert.Equal(2 * Many, look.Data.GetArrayLength());
        Assert.True(look.Took < Stage.RecoveryLimit, $"the first answer after {after} took {look.Took.TotalSeconds:0.00} s");
        await Eventually.BeTrueAsync("all attempts to be followed again", Patience, async () =>
            (await stage.Cloister.RunAsync("engine", "status", "--json")).Expect(0).Data.GetProperty("attempts").GetInt32() == Many, stage.Story);
    }

    private static string PlanOf(int tasks, string prompt) =>
        "version: 1\nname: many\ntasks:\n" + string.Concat(Enumerable.Range(1, tasks).Select(number =>
            string.Create(CultureInfo.InvariantCulture, $"  t{number}: {{ prompt: {prompt} }}\n")));
}
