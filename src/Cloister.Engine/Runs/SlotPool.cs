namespace Cloister.Runs;

/// <summary>
/// How many agents may work at once in this engine. Runs take turns: a run that was refused is asked before one that comes later, so a
/// plan of a thousand tasks does not starve a single prompt.
/// </summary>
internal sealed class SlotPool(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RunId, int> _busy = [];
    private readonly LinkedList<(RunId Run, Action Wake)> _waiting = [];

    public int Capacity => capacity;

    /// <summary>Tells how many agents of a run work now; agents that wait for a person do not count.</summary>
    public void Report(RunId run, int busy)
    {
        Action? wake = null;
        lock (_lock)
        {
            if (busy == 0)
                _busy.Remove(run);
            else
                _busy[run] = busy;
            if (Free > 0 && _waiting.First is { } first)
            {
                _waiting.RemoveFirst();
                wake = first.Value.Wake;
            }
        }
        wake?.Invoke();
    }

    /// <summary>
    /// Reserves up to <paramref name="wanted"/> slots. When others wait too a run gets one and queues behind them for the rest;
    /// <paramref name="wake"/> is called once when it is worth asking again.
    /// </summary>
    public int Take(RunId run, int wanted, Action wake)
    {
        lock (_lock)
        {
            var othersWait = _waiting.Any(w => w.Run != run);
            var granted = Math.Max(0, Math.Min(othersWait ? 1 : wanted, Math.Min(wanted, Free)));
            if (granted > 0)
                _busy[run] = _busy.GetValueOrDefault(run) + granted;
            if (granted < wanted && !_waiting.Any(w => w.Run == run))
                _waiting.AddLast((run, wake));
            return granted;
        }
    }

    /// <summary>The run is over: it neither works nor waits.</summary>
    public void Leave(RunId run)
    {
        lock (_lock)
        {
            for (var node = _waiting.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Run == run)
                    _waiting.Remove(node);
                node = next;
            }
        }
        Report(run, 0);
    }

    private int Free => capacity - _busy.Values.Sum();
}
