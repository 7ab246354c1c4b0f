using Cloister.Runs;

namespace Cloister.Tests.Runs;

/// <summary>Removing and restoring workspaces while somebody wants to work in them.</summary>
public sealed class RunKeepingTests : IAsyncDisposable
{
    private static readonly RetryCommand Again = new(Clean: false, Agent: null, Model: null, Text: null);

    private readonly EngineRig _rig = new();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task an_attempt_begins_after_the_removal_that_came_before_it()
    {
        var run = await DoneAsync();
        var mayRemove = new TaskCompletionSource();
        _rig.Workspaces.MayRemove = mayRemove.Task;
        var removing = _rig.Engine.RemoveAsync(run, "a", Cancel);
        await _rig.Workspaces.Removing.Task;

        await _rig.Engine.ControlAsync(run, "a", Again, Cancel);
        await _rig.UntilAsync(run, view => view.Tasks["a"].Attempts.Count == 2);
        Assert.Single(_rig.Workspaces.Prepared);
        mayRemove.SetResult();

        Assert.True(Assert.Single((await removing).Workspaces).Removed);
        await _rig.UntilAsync(run, view => view.Tasks["a"].Attempts is [_, { Outcome: not null }]);
        Assert.Equal(
            ["AttemptClaimed", "WorkspacePrepared", "AttemptClaimed", "WorkspaceForgotten", "WorkspacePrepared"],
            await JournalAsync(run));
    }

    [Fact]
    public async Task nothing_is_removed_under_an_attempt_that_began_first()
    {
        var run = await DoneAsync();
        var mayPrepare = new TaskCompletionSource();
        _rig.Workspaces.MayPrepare = mayPrepare.Task;
        await _rig.Engine.ControlAsync(run, "a", Again, Cancel);
        await _rig.UntilAsync(run, view => view.Tasks["a"].Attempts.Count == 2);

        var refused = await Assert.ThrowsAsync<CloisterException>(() => _rig.Engine.RemoveAsync(run, "a", Cancel));
        var collected = await _rig.Engine.CollectAsync(remove: true, Cancel);
        mayPrepare.SetResult();

        Assert.Equal(("task.state", "r1/a has not ended"), (refused.Code, refused.Message));
        Assert.Empty(collected.Workspaces);
        Assert.False(_rig.Workspaces.Removing.Task.IsCompleted);
        await _rig.UntilAsync(run, view => view.Tasks["a"].Attempts is [_, { Outcome: not null }]);
    }

    [Fact]
    public async Task two_removals_at_once_remove_once()
    {
        var run = await DoneAsync();
        var mayRemove = new TaskCompletionSource();
        _rig.Workspaces.MayRemove = mayRemove.Task;
        var both = new[] { _rig.Engine.RemoveAsync(run, "a", Cancel), _rig.Engine.RemoveAsync(run, "a", Cancel) };
        mayRemove.SetResult();

        Assert.Equal([0, 1], (await Task.WhenAll(both)).Select(report => report.Workspaces.Count).Order());
        Assert.Equal(["AttemptClaimed", "WorkspacePrepared", "WorkspaceForgotten"], await JournalAsync(run));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<RunId> DoneAsync()
    {
        await _rig.OpenAsync();
        var run = await _rig.StartAsync("tasks: { a: { prompt: A. } }");
        await _rig.UntilFinishedAsync(run.Id);
        return run.Id;
    }

    private async Task<List<string>> JournalAsync(RunId run)
    {
        var told = new List<string>();
        await foreach (var stored in _rig.Store.ReadAsync(run, afterPosition: 0, Cancel))
        {
            if (stored.Event is AttemptClaimed or WorkspacePrepared or WorkspaceForgotten)
                told.Add(stored.Event.GetType().Name);
        }
        return told;
    }
}
