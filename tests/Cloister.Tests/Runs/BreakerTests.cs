using Cloister.Runs;
using Cloister.Tests.Support;

namespace Cloister.Tests.Runs;

public sealed class BreakerTests
{
    private readonly ManualClock _clock = new(Given.Now);

    [Fact]
    public void it_is_closed_until_the_service_fails() => Assert.True(New().OpenUntil <= Given.Now);

    [Fact]
    public void each_failure_in_a_row_keeps_everybody_away_for_longer_up_to_minutes()
    {
        var breaker = New();
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 12; i++)
        {
            breaker.Trip();
            var wait = breaker.OpenUntil - _clock.GetUtcNow();
            waits.Add(wait);
            _clock.Advance(wait);
        }
        for (var i = 0; i < waits.Count; i++)
        {
            var backoff = Conclusion.Backoff(i + 1);
            Assert.InRange(waits[i], backoff, backoff * 1.5);
        }
        Assert.Equal(Conclusion.LongestBackoff, Conclusion.Backoff(12));
    }

    [Fact]
    public void one_outage_found_by_many_agents_is_one_failure()
    {
        var breaker = New();
        for (var i = 0; i < 50; i++)
            breaker.Trip();
        Assert.InRange(breaker.OpenUntil - Given.Now, Conclusion.FirstBackoff, Conclusion.FirstBackoff * 1.5);
    }

    [Fact]
    public void an_answer_makes_the_next_failure_the_first_again()
    {
        var breaker = New();
        for (var i = 0; i < 5; i++)
        {
            breaker.Trip();
            _clock.Advance(breaker.OpenUntil - _clock.GetUtcNow());
        }
        breaker.Reset();
        breaker.Trip();
        Assert.InRange(breaker.OpenUntil - _clock.GetUtcNow(), Conclusion.FirstBackoff, Conclusion.FirstBackoff * 1.5);
    }

    [Fact]
    public void a_usage_limit_holds_until_its_reset_whatever_else_fails_meanwhile()
    {
        var breaker = New();
        breaker.Park(Given.Now.AddHours(3));
        breaker.Trip();
        breaker.Park(Given.Now.AddHours(1));
        breaker.Reset();
        Assert.Equal(Given.Now.AddHours(3), breaker.OpenUntil);
    }

    private Breaker New() => new(_clock, new Random(1));
}
