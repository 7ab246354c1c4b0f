namespace Cloister.Tests.Cli;

/// <summary>A moment that lasts, in Greenwich; waiting is real.</summary>
internal sealed class FrozenClock(DateTimeOffset now) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => now;
}
