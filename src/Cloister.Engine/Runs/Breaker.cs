namespace Cloister.Runs;

/// <summary>
/// One circuit breaker per credential: when the service turns one agent away, the others do not go and find out for themselves.
/// </summary>
internal sealed class Breaker(TimeProvider timeProvider, Random random)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _openUntil;
    private int _failures;

    /// <summary>Nothing that uses the credential starts before this time.</summary>
    public DateTimeOffset OpenUntil
    {
        get
        {
            lock (_lock)
                return _openUntil;
        }
    }

    /// <summary>The service was overloaded or unreachable.</summary>
    public void Trip()
    {
        lock (_lock)
        {
            // Agents that were already on their way tell nothing new: one outage is one failure, however many found it.
            var now = timeProvider.GetUtcNow();
            if (now < _openUntil)
                return;
            _failures++;
            var backoff = Conclusion.Backoff(_failures);
            OpenTo(now + backoff + (backoff * (random.NextDouble() / 2)));
        }
    }

    /// <summary>The usage limit is reached until a known time.</summary>
    public void Park(DateTimeOffset until)
    {
        lock (_lock)
            OpenTo(until);
    }

    /// <summary>An agent got an answer: the service is well.</summary>
    public void Reset()
    {
        lock (_lock)
            _failures = 0;
    }

    private void OpenTo(DateTimeOffset until) => _openUntil = until > _openUntil ? until : _openUntil;
}
