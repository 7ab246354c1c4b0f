using System.Text.Json;
using Cloister.Accounting;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Accounting;

public sealed class ContextMetricsTests
{
    [Theory]
    [InlineData(0, ContextZone.Normal)]
    [InlineData(79_999, ContextZone.Normal)]
    [InlineData(80_000, ContextZone.Warning)]
    [InlineData(90_000, ContextZone.Warning)]
    [InlineData(90_001, ContextZone.Imminent)]
    [InlineData(100_000, ContextZone.Imminent)]
    [InlineData(100_001, ContextZone.Over)]
    public void zones_begin_where_they_say(long used, ContextZone zone) => Assert.Equal(zone, new ContextLimit(100_000, 200_000).ZoneOf(used));

    [Theory]
    [InlineData(null, 200_000, 200_000)]
    [InlineData(100_000L, 200_000, 100_000)]
    [InlineData(300_000L, 200_000, 200_000)]
    [InlineData(100_000L, 0, 100_000)]
    [InlineData(null, 0, 0)]
    public void the_smaller_limit_holds(long? own, long window, long tokens) => Assert.Equal(tokens, new ContextLimit(own, window).Tokens);

    [Fact]
    public void only_a_session_with_a_limit_of_its_own_is_handed_over()
    {
        Assert.True(new ContextLimit(100_000, 200_000).WantsHandOver(90_001));
        Assert.True(new ContextLimit(100_000, 200_000).WantsHandOver(150_000));
        Assert.False(new ContextLimit(100_000, 200_000).WantsHandOver(90_000));
        Assert.False(new ContextLimit(null, 200_000).WantsHandOver(250_000));
        Assert.False(new ContextLimit(100_000, 0).WantsHandOver(0));
    }

    [Fact]
    public void the_metrics_have_the_names_and_sums_that_programs_know()
    {
        var metrics = ContextMetrics.Of(new ContextMeasure(20_000, 8_000, new ContextLimit(100_000, 200_000), new MarkerSearch(40, 0)));

        Assert.Equal(
            """{"context_tokens_used":20000,"context_efficiency_score":0.6,"specialist_context_utilization":0.2,"isolation_effectiveness":1}""",
            JsonSerializer.Serialize(metrics));
    }

    [Fact]
    public void what_nobody_measured_has_no_figure() =>
        Assert.Equal(new ContextMetrics(0, null, null, null), ContextMetrics.Of(new ContextMeasure(0, 8_000, default, null)));

    [Fact]
    public void scores_are_between_nothing_and_all() =>
        Prop.ForAll(Gen.Elements(long.MinValue, -1, 0, 1, 5_000, 90_000, long.MaxValue).Four().ToArbitrary(), figures =>
        {
            var (used, overhead, limit, found) = figures;
            var metrics = ContextMetrics.Of(new ContextMeasure(used, overhead, new ContextLimit(limit, limit), new MarkerSearch(limit, found)));
            Assert.All(
                new[] { metrics.ContextEfficiencyScore, metrics.SpecialistContextUtilization, metrics.IsolationEffectiveness }.OfType<double>(),
                score => Assert.InRange(score, 0, 1));
            Assert.True(metrics.ContextTokensUsed >= 0);
        }).QuickCheckThrowOnFailure();
}
