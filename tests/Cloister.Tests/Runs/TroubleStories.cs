using Cloister.Runs;
using Cloister.Tests.Storage;

namespace Cloister.Tests.Runs;

/// <summary>What becomes of a task, and of the other runs, when something breaks on our side.</summary>
public sealed class TroubleStories : IAsyncDisposable
{
    private readonly EngineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task a_task_that_fails_on_our_side_keeps_the_work_and_ends_the_agent()
    {
        _rig.Backend.For("a", async agent =>
        {
            await agent.TurnAsync("Write src/a.txt");
            throw new CloisterException("attempt.input", "the agent does not read");
        });
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: Do it. } }");

        var task = (await _rig.UntilFinishedAsync(run.Id)).Tasks["a"];

        Assert.Equal((TaskState.Failed, "the agent does not read"), (task.State, task.Detail));
        Assert.Equal($"commit-of-{run.Id}/a#1", task.Work?.Commit);
        Assert.Single(_rig.Backend.Abandoned);
    }

    [Fact]
    public async Task a_task_ends_even_when_its_agent_cannot_be_ended_and_its_work_cannot_be_kept()
    {
        _rig.Backend.For("a", _ => throw new InvalidOperationException("a bug"));
        _rig.Backend.CannotAbandon = true;
        _rig.Workspaces.SnapshotFailures.Enqueue(new CloisterException("git.locked", "git is locked"));
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: Do it. } }");

        var task = (await _rig.UntilFinishedAsync(run.Id)).Tasks["a"];

        Assert.Equal(TaskState.Failed, task.State);
        Assert.Equal("internal error: a bug; its agent could not be ended: it is stuck; its work could not be kept and is only in its workspace: git is locked", task.Detail);
    }

    [Fact]
    public async Task what_a_setup_left_that_failed_is_kept_too()
    {
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("{ setup: [exit 3], tasks: { a: { prompt: Do it. } } }");
        Assert.Equal($"commit-of-{run.Id}/a#1", (await _rig.UntilFinishedAsync(run.Id)).Tasks["a"].Work?.Commit);
    }

    [Fact]
    public async Task a_run_whose_journal_is_damaged_is_set_aside_and_the_others_go_on()
    {
        using var folder = new SqliteFolder();
        _rig.Store = await folder.OpenAsync();
        _rig.Backend.For("a", agent => agent.UntilStoppedAsync());
        await _rig.OpenAsync();
        var damaged = await _rig.StartAsync("tasks: { a: { prompt: Do it. } }");
        var well = await _rig.StartAsync("tasks: { a: { prompt: Do it. } }");
        await _rig.Engine.DisposeAsync();
        folder.Execute("DROP TRIGGER events_are_not_changed; UPDATE events SET body = replace(body, 'Do it', 'Do that') WHERE run = 1 AND position = 1");
        _rig.Store = await folder.OpenAsync();
        await _rig.OpenAsync();

        Assert.Equal("store.corrupt", (await Assert.ThrowsAsync<CloisterException>(() => _rig.Engine.GetAsync(damaged.Id, CancellationToken.None))).Code);
        var listed = (await _rig.Engine.ListAsync(all: false, CancellationToken.None)).ToDictionary(run => run.Run, run => run.Tasks[0].Detail);
        Assert.Contains("its journal cannot be read", listed[damaged.Id], StringComparison.Ordinal);
        await _rig.Engine.ControlAsync(well.Id, "a", new StopCommand(), CancellationToken.None);
        Assert.Equal(RunOutcome.Stopped, (await _rig.UntilFinishedAsync(well.Id)).Outcome);
    }

    [Fact]
    public async Task who_watches_one_run_is_told_its_history_and_nothing_of_the_others()
    {
        await _rig.OpenAsync();
        var first = await _rig.UntilFinishedAsync((await _rig.StartAsync("tasks: { a: { prompt: Do it. } }")).Id);
        var second = await _rig.UntilFinishedAsync((await _rig.StartAsync("tasks: { a: { prompt: Do it. } }")).Id);
        await _rig.RestartAsync();

        var ofFirst = await _rig.Engine.WatchAsync(first.Id, since: 0, CancellationToken.None).Take((int)first.Position).ToListAsync();
        Assert.All(ofFirst, update => Assert.Equal(first.Id, update.Run));
        Assert.Equal(Enumerable.Range(1, (int)first.Position).Select(n => (long)n), ofFirst.Select(update => update.Sequence));
        var since = ofFirst[^3].Sequence;
        var rest = await _rig.Engine.WatchAsync(run: null, since, CancellationToken.None).Take(2 + (int)second.Position).ToListAsync();
        Assert.Equal([.. ofFirst.TakeLast(2).Select(update => update.Event), "run.started"], rest.Take(3).Select(update => update.Event));
        Assert.Equal("run.finished", rest[^1].Event);
    }
}
