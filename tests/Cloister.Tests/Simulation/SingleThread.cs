namespace Cloister.Tests.Simulation;

/// <summary>
/// Runs a story on the caller's thread, one step at a time, so that a seed decides which of the steps that could run comes next. What the
/// runtime itself takes to the thread pool comes back here; <see cref="SettledAsync"/> waits until nothing is under way any more.
/// </summary>
internal sealed class SingleThread : SynchronizationContext
{
    // Work that hops over the thread pool is behind a marker that was queued after it; one more round sees what that work has posted.
    private const int QuietRounds = 3;

    // A step takes microseconds; a busy machine may need a little longer.
    private static readonly TimeSpan Lull = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly List<(SendOrPostCallback Step, object? State)> _ready = [];
    private readonly Random _order;
    private readonly ManualResetEventSlim _passed = new();
    private TaskCompletionSource? _settled;
    private TaskCompletionSource<bool>? _stirred;

    private SingleThread(Random order) => _order = order;

    /// <summary>Runs the story to its end.</summary>
    public static void Run(Random order, Func<SingleThread, Task> story)
    {
        var before = Current;
        var thread = new SingleThread(order);
        SetSynchronizationContext(thread);
        try
        {
            var told = story(thread);
            thread.PumpUntil(() => told.IsCompleted);
            thread.PumpUntil(thread.IsQuiet);
            told.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Goes on when nothing else can: everybody waits for the clock, an agent or a person.</summary>
    public Task SettledAsync() => (_settled ??= new TaskCompletionSource()).Task;

    /// <summary>True when something moves after all: a busy machine may be slow to bring back what is on the pool.</summary>
    public Task<bool> StirsAsync() => (_stirred ??= new TaskCompletionSource<bool>()).Task;

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            _ready.Add((d, state));
            Monitor.Pulse(_gate);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("nobody waits for this thread");

    private void PumpUntil(Func<bool> done)
    {
        while (!done())
        {
            if (Next() is { } next)
                next.Step(next.State);
            else if (_settled is { } waiting && IsQuiet())
                Settle(waiting);
            else if (_stirred is { } listening)
                Stir(listening);
            else if (_settled is null && !WaitForPost(Patience))
                throw new TimeoutException("the story stands still: something waits for what never comes");
        }
    }

    private void Settle(TaskCompletionSource waiting)
    {
        _settled = null;
        waiting.SetResult();
    }

    private void Stir(TaskCompletionSource<bool> listening)
    {
        _stirred = null;
        listening.SetResult(WaitForPost(Lull));
    }

    // Mostly in the order of arrival, as on an idle machine; sometimes not, as on a busy one.
    private (SendOrPostCallback Step, object? State)? Next()
    {
        lock (_gate)
        {
            if (_ready.Count == 0)
                return null;
            var index = _ready.Count > 1 && _order.Next(3) == 0 ? _order.Next(_ready.Count) : 0;
            var next = _ready[index];
            _ready.RemoveAt(index);
            return next;
        }
    }

    private bool IsQuiet()
    {
        for (var round = 0; round < QuietRounds; round++)
        {
            PassMarker();
            lock (_gate)
            {
                if (_ready.Count > 0)
                    return false;
            }
        }
        return true;
    }

    // What the runtime took to the pool before this is back after it, as a rule.
    private void PassMarker()
    {
        _passed.Reset();
        ThreadPool.UnsafeQueueUserWorkItem(state => state.Set(), _passed, preferLocal: false);
        _passed.Wait();
    }

    private bool WaitForPost(TimeSpan longest)
    {
        lock (_gate)
            return _ready.Count > 0 || Monitor.Wait(_gate, longest);
    }
}
