using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Recovery;

/// <summary>A person types one command; engines die under it; there is one run.</summary>
public sealed class StartingOnceTests
{
    private const string Plan = """
        version: 1
        name: once
        tasks:
          a: { prompt: step-a }
        """;

    private const string Scenario = """
        rules:
          - when: { prompt: step-a }
            steps: [done]
        """;

    [Theory]
    [InlineData("commit.before:run.accepted")]
    [InlineData("commit.after:run.accepted")]
    public async Task a_command_whose_engine_dies_around_the_acceptance_starts_one_run(string crashPoint)
    {
        await using var stage = await Stage.SetAsync(Scenario, Plan);
        await using var doomed = await stage.Cloister.With("CLOISTER_CRASH_AT", crashPoint).StartAsync("__engine", "--state", stage.Repository.StateFolder);
        await Eventually.BeTrueAsync("the engine to answer", Stage.Patience, () => doomed.OutputSoFar.Contains("ready", StringComparison.Ordinal), stage.Story);

        var said = (await stage.Cloister.RunAsync("run", "test.plan.yaml", "--detach", "--json")).Expect(0);

        Assert.Equal(128 + 9, (await doomed.EndAsync(Stage.Patience)).ExitCode);
        var run = said.Data.GetProperty("run").GetString()!;
        await Eventually.BeTrueAsync("the run to end", Stage.Patience, async () => (await stage.StatesAsync(run))["a"] == "done", stage.Story);
        Assert.Equal(1, stage.Count("run.accepted"));
        Assert.Equal(1, stage.Count("attempt.claimed"));
        Assert.Single(await stage.RowsAsync());
        await stage.Oracle.AssertAllIsWellAsync(Stage.RecoveryLimit);
    }
}
