namespace Cloister.Rehearsal;

/// <summary>The last requests, bounded in number and in bytes, and those who wait for one.</summary>
internal sealed class RequestLog(int capacity, long bodyBytes)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<RequestRecord> _records = [];
    private readonly List<Waiter> _waiters = [];
    private long _bodyBytes;
    private long _sequence;
    private long _forgotten;

    public long Forgotten => Interlocked.Read(ref _forgotten);

    public long NextSequence() => Interlocked.Increment(ref _sequence);

    public IReadOnlyList<RequestRecord> Snapshot()
    {
        lock (_lock)
            return [.. _records];
    }

    public void Add(RequestRecord record)
    {
        List<Waiter> served;
        lock (_lock)
        {
            _records.AddLast(record);
            _bodyBytes += SizeOf(record);
            Forget();
            served = [.. _waiters.Where(w => w.Wanted(record))];
            _waiters.RemoveAll(served.Contains);
        }
        foreach (var waiter in served)
            waiter.Found.TrySetResult(record);
    }

    /// <summary>The first request, of the past or the future, that is wanted.</summary>
    public async Task<RequestRecord> WaitAsync(Func<RequestRecord, bool> wanted, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(wanted, new TaskCompletionSource<RequestRecord>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            if (_records.FirstOrDefault(wanted) is { } past)
                return past;
            _waiters.Add(waiter);
        }
        try
        {
            return await waiter.Found.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
                _waiters.Remove(waiter);
        }
    }

    private void Forget()
    {
        while (_records.Count > capacity)
        {
            _bodyBytes -= SizeOf(_records.First!.Value);
            _records.RemoveFirst();
            Interlocked.Increment(ref _forgotten);
        }
        for (var node = _records.First; node is not null && _bodyBytes > bodyBytes; node = node.Next)
        {
            _bodyBytes -= SizeOf(node.Value);
            node.Value = node.Value with { Body = null };
        }
    }

    private static long SizeOf(RequestRecord record) => (record.Body?.Length ?? 0) * (long)sizeof(char);

    private sealed record Waiter(Func<RequestRecord, bool> Wanted, TaskCompletionSource<RequestRecord> Found);
}
