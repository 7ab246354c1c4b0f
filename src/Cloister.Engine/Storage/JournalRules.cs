using Cloister.Runs;

namespace Cloister.Storage;

/// <summary>What every store asks of an append, whoever keeps it.</summary>
internal static class JournalRules
{
    /// <returns>The position that the journal has to be at.</returns>
    public static long Check(RunId run, RunView? before, IReadOnlyList<RunEvent> events, RunView after)
    {
        var expectedPosition = before?.Position ?? 0;
        ArgumentOutOfRangeException.ThrowIfZero(events.Count, nameof(events));
        if (after.Id != run || after.Position != expectedPosition + events.Count)
            throw new ArgumentException($"the view is {after.Id} at {after.Position}, not {run} after {events.Count} events at {expectedPosition}", nameof(after));
        return expectedPosition;
    }
}

/// <summary>Sees to it that positions have no gaps: a row that is gone leaves no other trace.</summary>
internal sealed class GapWatch(string path)
{
    private readonly Dictionary<RunId, long> _last = [];

    public GapWatch(string path, RunId run, long afterPosition)
        : this(path) =>
        _last[run] = afterPosition;

    public void Pass(StoredEvent stored)
    {
        var known = _last.TryGetValue(stored.Run, out var last);
        if (known && stored.Position != last + 1)
            throw StoreErrors.IsCorrupt(path, $"event {last + 1} of {stored.Run} is gone");
        _last[stored.Run] = stored.Position;
    }
}
