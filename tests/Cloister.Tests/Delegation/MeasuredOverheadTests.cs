using Cloister.Delegation;

namespace Cloister.Tests.Delegation;

public sealed class MeasuredOverheadTests
{
    private static readonly MeasuredOverhead Some = MeasuredOverhead.None
        .With("coder", "claude-sonnet-4-5", 6_000)
        .With("coder", "sonnet", 90_000)
        .With("coder", "sonnet", 6_200)
        .With("coder", "haiku", 5_000)
        .With("tester", "haiku", 4_000);

    [Theory]
    [InlineData("coder", "sonnet", 6_200, 3, OverheadBasis.Agent)]
    [InlineData("coder", "claude-haiku-4-5", 5_000, 1, OverheadBasis.Agent)]
    [InlineData("coder", null, 6_000, 4, OverheadBasis.Agent)]
    [InlineData("reviewer", "haiku", 4_000, 2, OverheadBasis.Model)]
    [InlineData("reviewer", "opus", 6_000, 5, OverheadBasis.Any)]
    public void the_nearest_measurements_speak(string agent, string? model, long tokens, int measurements, object basis) =>
        Assert.Equal(new Overhead(tokens, measurements, (OverheadBasis)basis), Some.Of(agent, model));

    [Fact]
    public void an_assumption_says_that_it_is_one()
    {
        var overhead = MeasuredOverhead.None.Of("coder", "sonnet");

        Assert.Equal(new Overhead(8_000, 0, OverheadBasis.Assumed), overhead);
        Assert.Equal("assumed, nothing was measured yet", overhead.Words);
    }

    [Fact]
    public void old_and_impossible_measurements_do_not_count()
    {
        var measured = Enumerable.Range(0, 40).Aggregate(MeasuredOverhead.None, (all, i) => all.With("coder", "sonnet", i < 20 ? 50_000 : 6_000))
            .With("coder", "sonnet", 0).With("coder", "sonnet", -1).With("coder", "sonnet", long.MaxValue);

        Assert.Equal(new Overhead(6_000, 32, OverheadBasis.Agent), measured.Of("coder", "sonnet"));
    }

    [Fact]
    public void names_without_end_are_not_kept()
    {
        var measured = Enumerable.Range(0, 1_500).Aggregate(MeasuredOverhead.None, (all, i) => all.With($"agent-{i}", "sonnet", 6_000));

        Assert.Equal(1_000, measured.Of("nobody", "sonnet").Measurements);
    }
}
