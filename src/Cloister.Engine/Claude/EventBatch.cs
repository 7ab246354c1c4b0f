using Cloister.Sessions;

namespace Cloister.Claude;

/// <summary>
/// Collects events for the engine, which commits a batch at a time: soon when a person or the scheduler waits for one of them, otherwise a
/// little later together. What the journal has already is left out.
/// </summary>
internal sealed class EventBatch
{
    // A flood is committed in pieces; nothing is dropped.
    private const int MostEvents = 256;

    // A long quiet stream moves the offset too, so that a restart does not tell it again.
    private const long MostBytes = 4 * 1024 * 1024;

    private readonly IAgentObserver _observer;
    private readonly TimeSpan _flushEvery;
    private readonly TimeProvider _timeProvider;
    private readonly long _fromOffset;
    private readonly List<AgentEvent> _events = [];
    private long _committed;
    private long _firstAt;
    private bool _urgent;

    /// <param name="observer">The engine.</param>
    /// <param name="fromOffset">What the journal has already.</param>
    /// <param name="flushEvery">How long an event may wait for others.</param>
    /// <param name="timeProvider">The clock.</param>
    public EventBatch(IAgentObserver observer, long fromOffset, TimeSpan flushEvery, TimeProvider timeProvider) =>
        (_observer, _fromOffset, _committed, _flushEvery, _timeProvider) = (observer, fromOffset, fromOffset, flushEvery, timeProvider);

    /// <summary>Time until the waiting events are to be handed over; null when none wait.</summary>
    public TimeSpan? DueIn
    {
        get
        {
            if (_events.Count == 0)
                return null;
            var left = _flushEvery - _timeProvider.GetElapsedTime(_firstAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Adds an event that comes from the output up to this offset.</summary>
    public void Add(AgentEvent happened, long offset)
    {
        if (offset <= _fromOffset && IsFromOutput(happened))
            return;
        if (_events.Count == 0)
            _firstAt = _timeProvider.GetTimestamp();
        // Figures are cumulative: the newest says it all.
        if (happened is AgentUsage)
            _events.RemoveAll(older => older is AgentUsage);
        _events.Add(happened);
        _urgent |= happened is not (AgentActivity or AgentUsage);
    }

    public async ValueTask FlushIfDueAsync(long offset, CancellationToken cancellationToken)
    {
        if (_urgent || _events.Count >= MostEvents || DueIn == TimeSpan.Zero || offset - _committed >= MostBytes)
            await FlushAsync(offset, cancellationToken);
    }

    public async ValueTask FlushAsync(long offset, CancellationToken cancellationToken)
    {
        if (_events.Count == 0 && offset <= _committed)
            return;
        _committed = Math.Max(offset, _committed);
        AgentEvent[] events = [.. _events];
        _events.Clear();
        _urgent = false;
        await _observer.ObserveAsync(new AgentBatch(_committed, events), cancellationToken);
    }

    // Deliveries are caused by the engine's inputs, which it sends again after a restart until it has seen them confirmed.
    private static bool IsFromOutput(AgentEvent happened) => happened is not AgentInputDelivered;
}
