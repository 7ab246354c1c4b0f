namespace Cloister.Runs;

/// <summary>
/// How many agents may work at once in this engine. Runs take turns: a slot that becomes free is kept for the run that has waited longest,
/// so a plan of a thousand tasks does not starve a single prompt.
/// </summary>
internal sealed class SlotPool(int capacity)
{
    // Two cores are kept busy by four agents that mostly wait for a model; beyond eight a person no longer follows.
    private const int UsualMost = 8;
    private const int UsualPerCore = 2;

    private readonly Lock _lock = new();
    private readonly Dictionary<RunId, int> _busy = [];
    private readonly LinkedList<(RunId Run, Action Wake)> _waiting = [];
    private readonly HashSet<RunId> _offered = [];

    /// <summary>What there is where nobody says a number.</summary>
    public static int UsualSize => Math.Min(UsualMost, Environment.ProcessorCount * UsualPerCore);

    /// <summary>Tells how many agents of a run work now; agents that wait for a person do not count.</summary>
    public void Report(RunId run, int busy) => Change(() =>
    {
        SetBusy(run, busy);
        return 0;
    });

    /// <summary>
    /// Reserves up to <paramref name="wanted"/> slots, which count as busy until the next report. A run that gets fewer queues for the
    /// rest, and <paramref name="wake"/> is called when a slot is kept for it: it then has to ask again, even if it wants none any more.
    /// </summary>
    public int Take(RunId run, int wanted, Action wake) => Change(() =>
    {
        _offered.Remove(run);
        var granted = Math.Clamp(wanted, 0, Math.Max(0, Free));
        SetBusy(run, _busy.GetValueOrDefault(run) + granted);
        if (granted < wanted && !_waiting.Any(waiting => waiting.Run == run))
            _waiting.AddLast((run, wake));
        return granted;
    });

    /// <summary>Gives back what a run has taken and can use none of, and takes it out of the line: it asks again when something of it may start.</summary>
    public void Leave(RunId run, int busy) => Change(() =>
    {
        _offered.Remove(run);
        if (_waiting.FirstOrDefault(waiting => waiting.Run == run) is { Wake: not null } place)
            _waiting.Remove(place);
        SetBusy(run, busy);
        return 0;
    });

    private int Free => capacity - _busy.Values.Sum() - _offered.Count;

    private void SetBusy(RunId run, int busy)
    {
        if (busy == 0)
            _busy.Remove(run);
        else
            _busy[run] = busy;
    }

    // While anybody waits no slot is free for others: each is offered to the first in line. Woken outside the lock, because a run may ask at once.
    private int Change(Func<int> change)
    {
        var woken = new List<Action>();
        int result;
        lock (_lock)
        {
            result = change();
            while (Free > 0 && _waiting.First is { } first)
            {
                _waiting.RemoveFirst();
                _offered.Add(first.Value.Run);
                woken.Add(first.Value.Wake);
            }
        }
        woken.ForEach(wake => wake());
        return result;
    }
}
