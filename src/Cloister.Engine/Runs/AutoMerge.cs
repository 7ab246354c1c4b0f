using Microsoft.Extensions.Logging;

namespace Cloister.Runs;

/// <summary>
/// Merges what is ready in runs whose plan says <c>merge.mode: auto</c>. What does not merge stays in review for a person; nobody's checkout
/// is touched.
/// </summary>
/// <param name="engine">Whose runs.</param>
/// <param name="failed">Set when it cannot watch any more: the next engine merges on.</param>
/// <param name="logger">Where it says what it did.</param>
internal sealed partial class AutoMerge(CloisterEngine engine, TaskCompletionSource<CloisterException> failed, ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start(IReadOnlyList<RunId> known) => _loop = LoopAsync(known);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task LoopAsync(IReadOnlyList<RunId> known)
    {
        try
        {
            var updates = engine.WatchAsync(run: null, since: null, _stop.Token);
            foreach (var run in known)
                await MergeAsync(run);
            await foreach (var update in updates)
            {
                if (update is { Event: "task.review", Task: not null })
                    await MergeAsync(update.Run);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (CloisterException gone)
        {
            LogEnded(logger, gone);
            failed.TrySetResult(gone);
        }
    }

    private async Task MergeAsync(RunId run)
    {
        var view = await engine.GetAsync(run, _stop.Token);
        var ready = view.TasksInOrder.Where(task => task.State == TaskState.Review).Select(task => task.Definition.Id).ToList();
        if (view.Plan.Merge.Mode != Plans.MergeMode.Auto || ready.Count == 0)
            return;
        try
        {
            var report = await engine.MergeAsync(new Landing.MergeRequest(run, ready, PreviewOnly: false), _stop.Token);
            LogMerged(logger, run, report.Branch, report.Changed);
        }
        catch (CloisterException refused)
        {
            LogRefused(logger, run, refused.Message);
        }
    }

    [LoggerMessage(EventId = 401, EventName = "run.auto_merged", Level = LogLevel.Information, Message = "{Run}: merged to {Branch}: {Changed}")]
    private static partial void LogMerged(ILogger logger, RunId run, string branch, bool changed);

    [LoggerMessage(EventId = 402, EventName = "run.auto_merge_refused", Level = LogLevel.Warning, Message = "{Run}: left in review: {Why}")]
    private static partial void LogRefused(ILogger logger, RunId run, string why);

    [LoggerMessage(EventId = 403, EventName = "run.auto_merge_ended", Level = LogLevel.Error, Message = "cannot watch for work to merge any more")]
    private static partial void LogEnded(ILogger logger, Exception cause);
}
