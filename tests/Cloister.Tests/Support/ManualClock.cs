namespace Cloister.Tests.Support;

/// <summary>A clock that only moves when a test says so; timers that are due fire on the thread that moves it.</summary>
internal sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;
    private long _looks;

    public ManualClock()
        : this(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>When the next timer fires; null while none is set.</summary>
    public DateTimeOffset? NextDueAt
    {
        get
        {
            lock (_lock)
                return _timers.Min(timer => timer.DueAt);
        }
    }

    /// <summary>How often somebody has looked at it: who does nothing does not look.</summary>
    public long Looks
    {
        get
        {
            lock (_lock)
                return _looks;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            _looks++;
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan time)
    {
        List<ManualTimer> due;
        lock (_lock)
        {
            _now += time;
            due = _timers.Where(timer => timer.DueAt <= _now).OrderBy(timer => timer.DueAt).ToList();
            foreach (var timer in due)
                timer.Reschedule(_now);
            _timers.RemoveAll(timer => timer.DueAt is null);
        }
        foreach (var timer in due)
            timer.Fire();
    }

    private sealed class ManualTimer(ManualClock clock, Action fire) : ITimer
    {
        // As the system's own timers.
        private static readonly TimeSpan LongestDueTime = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

        private TimeSpan _period;

        public DateTimeOffset? DueAt { get; private set; }

        public void Fire() => fire();

        public void Reschedule(DateTimeOffset now) => DueAt = _period > TimeSpan.Zero ? now + _period : null;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime, LongestDueTime);
            bool dueNow;
            lock (clock._lock)
            {
                _period = period;
                clock._timers.Remove(this);
                DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
                dueNow = dueTime == TimeSpan.Zero;
                if (dueNow)
                    Reschedule(clock._now);
                if (DueAt is not null)
                    clock._timers.Add(this);
            }
            if (dueNow)
                fire();
            return true;
        }

        public void Dispose()
        {
            lock (clock._lock)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
