using Cloister.Runs;

namespace Cloister.Tests.Runs;

/// <summary>Tasks of a plan that share a session.</summary>
public sealed class SessionStories : IAsyncDisposable
{
    private const string Plan = """
        defaults: { session: backend }
        tasks:
          first: { prompt: Write the schema. }
          second: { prompt: Write the endpoint. }
        """;

    private readonly EngineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task tasks_of_one_session_run_one_after_another_in_one_conversation()
    {
        await _rig.OpenAsync();
        var run = await _rig.StartAsync(Plan);
        var finished = await _rig.UntilFinishedAsync(run.Id);

        Assert.Equal(RunOutcome.Succeeded, finished.Outcome);
        var (first, second) = (finished.Tasks["first"].Attempt!, finished.Tasks["second"].Attempt!);
        Assert.Equal(("r1.backend/attempts/1", "r1.backend/attempts/2"), (first.Folder, second.Folder));
        Assert.Equal((first.SessionId, true), (second.SessionId, second.Resume));
        Assert.True(first.EndedAt <= second.ClaimedAt);
    }

    [Fact]
    public async Task a_plan_that_runs_twice_has_sessions_of_its_own_each_time()
    {
        await _rig.OpenAsync();
        var runs = new[] { await _rig.StartAsync(Plan), await _rig.StartAsync(Plan) };
        foreach (var run in runs)
            Assert.Equal(RunOutcome.Succeeded, (await _rig.UntilFinishedAsync(run.Id)).Outcome);
        Assert.Equal(4, _rig.Backend.Started.Select(task => task.AttemptDirectory).Distinct().Count());
        Assert.Equal(2, _rig.Backend.Started.Select(task => task.SessionId).Distinct().Count());
    }
}
