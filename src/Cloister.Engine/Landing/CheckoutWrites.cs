namespace Cloister.Landing;

/// <summary>
/// Counts who writes into a person's checkout. What has begun is done to its end, whoever has left meanwhile; an engine that leaves waits
/// for it and lets nobody begin.
/// </summary>
internal sealed class CheckoutWrites
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _atRest = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private bool _closed;

    public bool IsNone
    {
        get
        {
            lock (_lock)
                return _open == 0;
        }
    }

    /// <exception cref="CloisterException"><c>engine.stopping</c> once it is closed.</exception>
    public IDisposable Begin()
    {
        lock (_lock)
        {
            if (_closed)
                throw new CloisterException("engine.stopping", "the engine is stopping", "try again: the next call starts it");
            _open++;
        }
        return new Write(this);
    }

    /// <summary>Nothing begins any more; completes when what has begun is done.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_open == 0)
                _atRest.TrySetResult();
        }
        return _atRest.Task;
    }

    private void End()
    {
        lock (_lock)
        {
            if (--_open == 0 && _closed)
                _atRest.TrySetResult();
        }
    }

    private sealed class Write(CheckoutWrites writes) : IDisposable
    {
        public void Dispose() => writes.End();
    }
}
