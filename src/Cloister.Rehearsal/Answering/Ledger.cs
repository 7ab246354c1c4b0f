namespace Cloister.Rehearsal.Answering;

/// <summary>Counts what a scenario limits: how often a rule answers, how often an answer fails first.</summary>
internal sealed class Ledger
{
    /// <summary>Counters remembered, far more than one server's life needs.</summary>
    private const int CountersKept = 65_536;

    private readonly Lock _lock = new();
    private readonly RecentMap<string, int> _counters = new(CountersKept);

    /// <summary>Takes one of <paramref name="limit"/> uses of a rule.</summary>
    public bool TryUse(string prefix, int rule, int limit) => TryTake($"use\n{rule}\n{prefix}", limit);

    /// <summary>Takes one of <paramref name="limit"/> conversations of a rule with steps; a conversation once let in stays in.</summary>
    public bool TryEnter(string prefix, string conversation, int rule, int limit)
    {
        lock (_lock)
        {
            var entered = $"in\n{rule}\n{conversation}";
            if (_counters.Find(entered) > 0)
                return true;
            if (!TryTake($"use\n{rule}\n{prefix}", limit))
                return false;
            _counters.Put(entered, 1);
            return true;
        }
    }

    /// <summary>Takes one of <paramref name="limit"/> failures of an answer in a conversation.</summary>
    public bool TryFail(string conversation, int rule, int step, int limit) => TryTake($"fail\n{rule}\n{step}\n{conversation}", limit);

    private bool TryTake(string counter, int limit)
    {
        lock (_lock)
        {
            var taken = _counters.Find(counter);
            if (taken >= limit)
                return false;
            _counters.Put(counter, taken + 1);
            return true;
        }
    }
}
