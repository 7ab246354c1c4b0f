using Microsoft.Extensions.Logging;

namespace Cloister.Runs.Merging;

/// <summary>
/// Merges what is ready in runs whose plan says <c>merge.mode: auto</c>. What does not merge stays in review for a person, or for an agent
/// where the plan says so; nobody's checkout is touched.
/// </summary>
/// <param name="engine">Whose runs.</param>
/// <param name="services">Its parts; it fails when nothing can be watched any more: the next engine merges on.</param>
internal sealed partial class AutoMerge(CloisterEngine engine, RunServices services) : IAsyncDisposable
{
    // A retry in the middle of a merge makes it begin again; a person who retries more often than this is not waiting for it.
    private const int MostTries = 3;

    private readonly CancellationTokenSource _stop = new();

    // A run's merges follow one another, and nobody waits for the checks of another run.
    private readonly Dictionary<RunId, Task> _merges = [];
    private Task _loop = Task.CompletedTask;
    private long _seen = long.MaxValue;
    private int _merging;

    /// <summary>True while something is being merged, or has become ready and was not looked at yet.</summary>
    public bool IsBusy => Volatile.Read(ref _merging) > 0 || Volatile.Read(ref _seen) < services.Updates.Newest;

    /// <param name="since">Everything after it is heard of.</param>
    /// <param name="known">Runs that may have had something ready before.</param>
    public void Start(long since, IReadOnlyList<RunId> known)
    {
        _seen = since;
        foreach (var run in known)
            Merge(run);
        _loop = LoopAsync(since);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await Task.WhenAll(_merges.Values);
        _stop.Dispose();
    }

    private async Task LoopAsync(long since)
    {
        await Task.Yield();
        try
        {
            await foreach (var update in engine.WatchAsync(run: null, since, _stop.Token))
            {
                if (update is { Event: "task.review", Task: not null })
                    Merge(update.Run);
                Volatile.Write(ref _seen, update.Sequence);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // A supervised edge: an engine that merges nothing any more and does not say so would let plans wait for ever.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            LogEnded(services.Logger, cause);
            services.Failed.TrySetResult(cause as CloisterException
                ?? new CloisterException("engine.failed", $"cannot watch for work to merge: {cause.Message}", "the next command starts the engine again", cause));
        }
    }

    private void Merge(RunId run)
    {
        Interlocked.Increment(ref _merging);
        foreach (var done in _merges.Where(merge => merge.Value.IsCompleted).Select(merge => merge.Key).ToList())
            _merges.Remove(done);
        _merges[run] = MergeAsync(run, _merges.GetValueOrDefault(run, Task.CompletedTask));
    }

    private async Task MergeAsync(RunId run, Task before)
    {
        try
        {
            await Task.Yield();
            await before;
            for (var tries = 1; !await TryMergeAsync(run, isLast: tries == MostTries); tries++)
            {
                // Looked at again.
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // A supervised edge: what one run's merge dies of is that run's, and its work stays in review.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            LogRefused(services.Logger, run, cause.Message, cause);
        }
        finally
        {
            Interlocked.Decrement(ref _merging);
        }
    }

    // Once for the same work: what an agent could not settle, a person looks at.
    private async Task SettleAsync(RunView view, Landing.MergeReport report)
    {
        var stuck = SettlingTask.StuckUnsettled(view, report);
        if (stuck.Count == 0)
            return;
        var works = SettlingTask.Parties(view, report.Branch, stuck).Select(task => view.Tasks[task].Work!.Commit!);
        await engine.ControlAsync(view.Id, task: null, new SettleCommand(string.Join('+', works)), _stop.Token);
    }

    // False when its tasks went on meanwhile.
    private async Task<bool> TryMergeAsync(RunId run, bool isLast)
    {
        var view = await engine.GetAsync(run, _stop.Token);
        var ready = view.TasksInOrder.Where(task => task is { State: TaskState.Review, Removed: false }).Select(task => task.Definition.Id).ToList();
        if (view.Plan.Merge.Mode != Plans.MergeMode.Auto || ready.Count == 0)
            return true;
        try
        {
            var report = await engine.MergeAsync(new Landing.MergeRequest(run, ready, PreviewOnly: false), _stop.Token);
            LogMerged(services.Logger, run, report.Branch, report.Changed);
            if (view.Plan.Merge.OnConflict == Plans.ConflictAnswer.Agent && report.Cars.Any(car => car.Conflicts.Count > 0))
                await SettleAsync(view, report);
        }
        catch (CloisterException overtaken) when (overtaken.Code is RunLanding.Overtaken or "merge.not_ready" && !isLast)
        {
            return false;
        }
        return true;
    }

    [LoggerMessage(EventId = 401, EventName = "run.auto_merged", Level = LogLevel.Information, Message = "{Run}: merged to {Branch}: {Changed}")]
    private static partial void LogMerged(ILogger logger, RunId run, string branch, bool changed);

    [LoggerMessage(EventId = 402, EventName = "run.auto_merge_refused", Level = LogLevel.Warning, Message = "{Run}: left in review: {Why}")]
    private static partial void LogRefused(ILogger logger, RunId run, string why, Exception cause);

    [LoggerMessage(EventId = 403, EventName = "run.auto_merge_ended", Level = LogLevel.Error, Message = "cannot watch for work to merge any more")]
    private static partial void LogEnded(ILogger logger, Exception cause);
}
