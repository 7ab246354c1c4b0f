using System.Runtime.CompilerServices;

namespace Cloister.Runs.Watching;

/// <summary>
/// What happened and what happens, as one stream: the feed of the living engine, and the journal for whoever comes late or is slow. It
/// reads no run that nobody asked about.
/// </summary>
internal sealed class RunWatch(RunServices services)
{
    /// <param name="run">Only this run; null: all.</param>
    /// <param name="since">After this sequence number.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public async IAsyncEnumerable<RunUpdate> ReadAsync(RunId? run, long since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = since;
        while (true)
        {
            var (updates, changed) = services.Updates.After(seen);
            if (updates is null)
            {
                // The journal may be ahead of the feed by what is being committed: whoever was told of that and looked would not find it yet.
                var newest = services.Updates.Newest;
                await foreach (var old in HistoryAsync(run, seen, cancellationToken))
                {
                    if (old.Sequence > newest)
                        break;
                    seen = old.Sequence;
                    yield return old;
                }
                seen = Math.Max(seen, newest);
                continue;
            }
            foreach (var update in updates)
            {
                seen = update.Sequence;
                if (run is null || update.Run == run)
                    yield return update;
            }
            if (updates.Count == 0)
                await changed.WaitAsync(cancellationToken);
        }
    }

    private IAsyncEnumerable<RunUpdate> HistoryAsync(RunId? run, long since, CancellationToken cancellationToken) =>
        run is { } one ? HistoryOfAsync(one, since, cancellationToken) : HistoryOfAllAsync(since, cancellationToken);

    private async IAsyncEnumerable<RunUpdate> HistoryOfAsync(RunId run, long since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RunView? view = null;
        await foreach (var stored in services.Store.ReadAsync(run, afterPosition: 0, cancellationToken))
        {
            view = view is null ? RunFold.Open((RunAccepted)stored.Event) : RunFold.Apply(view, stored.Event);
            if (stored.Sequence > since)
                yield return RunUpdates.Of(view, stored.Event, stored.Sequence, stored.At);
        }
    }

    // Only the runs in which something happened since are read from their beginning.
    private async IAsyncEnumerable<RunUpdate> HistoryOfAllAsync(long since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var views = new Dictionary<RunId, RunView>();
        await foreach (var stored in services.Store.ReadAllAsync(since, cancellationToken))
        {
            var before = views.GetValueOrDefault(stored.Run) ?? await services.LoadAsync(stored.Run, stored.Position - 1, cancellationToken);
            var view = before is null ? RunFold.Open((RunAccepted)stored.Event) : RunFold.Apply(before, stored.Event);
            if (view.Phase == RunPhase.Finished)
                views.Remove(stored.Run);
            else
                views[stored.Run] = view;
            yield return RunUpdates.Of(view, stored.Event, stored.Sequence, stored.At);
        }
    }
}
