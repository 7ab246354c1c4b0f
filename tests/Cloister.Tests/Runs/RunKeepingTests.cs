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

    [Fact]
    public async Task a_run_is_removed_whole_or_not_at_all()
    {
        await _rig.OpenAsync();
        var run = (await _rig.StartAsync("tasks: { a: { prompt: A. }, b: { prompt: B. } }")).Id;
        await _rig.UntilFinishedAsync(run);
        _rig.Workspaces.Unsaved["b"] = "it holds changes that are on no kept ref";

        var refused = await Assert.ThrowsAsync<CloisterException>(() => _rig.Engine.RemoveAsync(run, task: null, Cancel));

        Assert.Equal("workspace.unsaved", refused.Code);
        Assert.Contains("r1/b: it holds changes that are on no kept ref (", refused.Message, StringComparison.Ordinal);
        var kept = await _rig.Engine.GetAsync(run, Cancel);
        Assert.False(kept.Removed);
        Assert.All(kept.Tasks.Values, task => Assert.NotNull(task.Workspace));
        Assert.Single(await _rig.Engine.ListAsync(all: true, Cancel));

        _rig.Workspaces.Unsaved.Clear();
        await _rig.Engine.RemoveAsync(run, task: null, Cancel);
        Assert.Empty(await _rig.Engine.ListAsync(all: true, Cancel));
    }

    [Fact]
    public async Task a_collection_says_first_what_it_would_keep()
    {
        var run = await DoneAsync();
        _rig.Workspaces.Unsaved["a"] = "it holds changes that are on no kept ref";

        var looked = Assert.Single((await _rig.Engine.CollectAsync(remove: false, Cancel)).Workspaces);

        Assert.Equal((new TaskRef(run, "a"), false, "it holds changes that are on no kept ref"), (looked.Task, looked.Removed, looked.WhyNot));
    }

    [Fact]
    public async Task a_removed_task_leaves_lists_merges_and_retries_of_its_run_until_it_is_brought_back()
    {
        _rig.Backend.For("b", agent => Task.FromResult(agent.End(Cloister.Sessions.AgentVerdict.Failed, TaskReason.Context, "too long")));
        await _rig.OpenAsync();
        var run = (await _rig.StartAsync("tasks: { a: { prompt: A. }, b: { prompt: B. } }")).Id;
        await _rig.UntilFinishedAsync(run);

        await _rig.Engine.RemoveAsync(run, "b", Cancel);

        Assert.Equal(["a"], (await _rig.Engine.ListAsync(all: true, Cancel)).Single().Tasks.Select(row => row.Task));
        var nothing = await Assert.ThrowsAsync<CloisterException>(() => _rig.Engine.ControlAsync(run, task: null, Again, Cancel));
        Assert.Equal("task.state", nothing.Code);
        await _rig.Engine.RemoveAsync(run, "a", Cancel);
        Assert.Empty(await _rig.Engine.ListAsync(all: false, Cancel));

        await _rig.Engine.RestoreAsync(run, "b", Cancel);
        Assert.Equal(["b"], (await _rig.Engine.ListAsync(all: true, Cancel)).Single().Tasks.Select(row => row.Task));
        await _rig.Engine.ControlAsync(run, "a", Again, Cancel);
        Assert.Equal(["a", "b"], (await _rig.Engine.ListAsync(all: true, Cancel)).Single().Tasks.Select(row => row.Task));
        await _rig.UntilAsync(run, view => view.Tasks["a"].Attempts is [_, { Outcome: not null }]);
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
