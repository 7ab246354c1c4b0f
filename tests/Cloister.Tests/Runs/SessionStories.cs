using Cloister.Runs;
using Cloister.Workspaces;

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

    private const string Settle = "## First: settle conflicts";

    private static readonly LaidConflicts Conflict = new([new ConflictedFile("index.txt", [], HasMarkers: true)], [new ConflictSide("0123456", []), new ConflictSide("89abcde", [])]);

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

    [Fact]
    public async Task a_conversation_that_goes_on_is_told_of_conflicts_that_were_laid_since_and_of_them_once()
    {
        _rig.Workspaces.Laid.Enqueue(null);
        _rig.Workspaces.Laid.Enqueue(Conflict);
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("defaults: { session: desk }\ntasks: { first: { prompt: F. }, second: { prompt: S., retries: 2, checks: exit 1 } }");
        var finished = await _rig.UntilFinishedAsync(run.Id);

        var told = _rig.Backend.Started.Where(task => task.Attempt.Task.Task == "second").ToList();
        Assert.Equal([true, true, true], finished.Tasks["second"].Attempts.Select(attempt => attempt.Resume));
        Assert.Equal([false, true, false], told.Select(task => (task.Prompt + task.Context).Contains(Settle, StringComparison.Ordinal)));
        Assert.EndsWith(finished.Tasks["second"].Attempts[1].Prompt, told[1].Prompt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task a_fresh_conversation_is_told_of_conflicts_while_their_markers_are_left(bool isSettled, bool isTold)
    {
        _rig.Workspaces.Laid.Enqueue(Conflict);
        _rig.Workspaces.Unsettled.Enqueue(isSettled ? [] : ["index.txt"]);
        _rig.Workspaces.Unsettled.Enqueue(isSettled ? [] : ["index.txt"]);
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("defaults: { session: desk }\ntasks: { first: { prompt: F. }, second: { prompt: S., retries: 0, checks: exit 1 } }");
        await _rig.UntilFinishedAsync(run.Id);
        await _rig.Engine.ControlAsync(run.Id, "second", new RetryCommand(Clean: false, Agent: "coder", null, null), TestContext.Current.CancellationToken);
        await _rig.UntilAsync(run.Id, view => view.Tasks["second"] is { Ended: true, Attempts.Count: 2 });

        var told = _rig.Backend.Started.Where(task => task.Attempt.Task.Task == "second").Select(task => task.Context.Contains(Settle, StringComparison.Ordinal));
        Assert.Equal([true, isTold], told);
    }
}
