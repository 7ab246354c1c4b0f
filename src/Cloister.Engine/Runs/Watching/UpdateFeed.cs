namespace Cloister.Runs.Watching;

/// <summary>
/// Tells watchers that something was committed. It keeps a window of the newest updates; a watcher that is slower, or comes with an older
/// sequence number, reads the journal instead, so nobody is waited for and nothing is missed.
/// </summary>
internal sealed class UpdateFeed : IDisposable
{
    // A few minutes of a busy engine; older is read from the journal.
    private const int WindowSize = 4096;

    // Sequence numbers are given at the commit; publishing in the same order keeps a watcher's "after" true.
    private readonly SemaphoreSlim _order = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Queue<RunUpdate> _window = new(WindowSize);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _newest;
    private long _windowStart;

    public UpdateFeed(long newestSequence)
    {
        _newest = newestSequence;
        _windowStart = newestSequence;
    }

    /// <summary>The newest committed sequence number.</summary>
    public long Newest
    {
        get
        {
            lock (_lock)
                return _newest;
        }
    }

    /// <summary>Commits and publishes, one at a time.</summary>
    public async Task PublishAsync(Func<Task<IReadOnlyList<RunUpdate>>> commit)
    {
        await _order.WaitAsync();
        try
        {
            Publish(await commit());
        }
        finally
        {
            _order.Release();
        }
    }

    private void Publish(IReadOnlyList<RunUpdate> updates)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            // What is missing between was committed without being heard of: watchers find it in the journal.
            if (updates[0].Sequence != _newest + 1)
            {
                _window.Clear();
                _windowStart = updates[0].Sequence - 1;
            }
            foreach (var update in updates)
            {
                if (_window.Count == WindowSize)
                    _windowStart = _window.Dequeue().Sequence;
                _window.Enqueue(update);
            }
            _newest = Math.Max(_newest, updates[^1].Sequence);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.TrySetResult();
    }

    /// <summary>What came after <paramref name="since"/>, or null when the window no longer reaches back that far.</summary>
    public (IReadOnlyList<RunUpdate>? Updates, Task Changed) After(long since)
    {
        lock (_lock)
        {
            IReadOnlyList<RunUpdate>? updates = since < _windowStart ? null : _window.Where(update => update.Sequence > since).ToList();
            return (updates, _changed.Task);
        }
    }

    public void Dispose() => _order.Dispose();
}
