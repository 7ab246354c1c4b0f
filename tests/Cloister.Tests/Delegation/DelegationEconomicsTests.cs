using Cloister.Accounting;
using Cloister.Delegation;

namespace Cloister.Tests.Delegation;

public sealed class DelegationEconomicsTests
{
    private static readonly Overhead Measured = new(8_000, 5, OverheadBasis.Agent);
    private static readonly CallerContext Opus = new(50_000, 1_000_000, "claude-opus-4-8");

    [Fact]
    public void the_sums_can_be_followed()
    {
        var economics = DelegationEconomics.Of(new ReasoningEstimate(2_000, 3, null, 4), Measured, Opus)!;

        // 2,000 × $25/M written and 3 × 50,000 × $0.50/M read; against 8,000 × $1.25/M written once, 16,000 × $0.10/M read, 2,000 × $5/M.
        Assert.Equal(new Alternative("claude-opus-4-8", false, 2_000, 0.125m, 1), economics.Here);
        var haiku = economics.To("claude-haiku-4-5-20251001");
        Assert.Equal(new Alternative("claude-haiku-4-5", true, 10_000, 0.0216m, 0.2), haiku);
        Assert.Equal(
            "here on claude-opus-4-8: 2,000 tokens, $0.1250; delegated to claude-haiku-4-5: 10,000 tokens, $0.0216, $0.1034 less",
            economics.Sentence(haiku!));
    }

    [Fact]
    public void every_model_of_the_list_is_compared_the_cheapest_first()
    {
        var economics = DelegationEconomics.Of(new ReasoningEstimate(50, 1, null, 1), Measured, Opus with { Tokens = 0 })!;

        Assert.Equal(PriceList.All.Select(one => one.Model).Order(StringComparer.Ordinal), economics.Delegated.Select(one => one.Model).Order(StringComparer.Ordinal));
        Assert.Equal(economics.Delegated.Select(one => one.CostUsd).Order(), economics.Delegated.Select(one => one.CostUsd));
        Assert.All(economics.Delegated, one => Assert.Equal(8_050, one.Tokens));
        Assert.Contains("more", economics.Sentence(economics.Delegated[^1]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50, 0.6)]
    [InlineData(200, 2.4)]
    [InlineData(3_000, 27.3)]
    [InlineData(15_000, 65.2)]
    [InlineData(25_000, 75.8)]
    public void small_tasks_are_mostly_overhead(long reasoning, double percent) => Assert.Equal(
        percent, 100 * DelegationEconomics.Of(new ReasoningEstimate(reasoning, 1, null, 1), Measured, Opus)!.Delegated[0].Efficiency, tolerance: 0.05);

    [Fact]
    public void a_model_that_is_not_in_the_list_has_no_figure() =>
        Assert.Null(DelegationEconomics.Of(new ReasoningEstimate(50, 1, null, 1), Measured, Opus)!.To("gpt"));

    [Fact]
    public void nothing_is_compared_with_a_guess()
    {
        Assert.Null(DelegationEconomics.Of(new ReasoningEstimate(2_000, null, null, 0), Measured, Opus));
        Assert.Null(DelegationEconomics.Of(new ReasoningEstimate(2_000, 3, null, 4), Measured, Opus with { Model = null }));
        Assert.Null(DelegationEconomics.Of(new ReasoningEstimate(2_000, 3, null, 4), Measured, here: null));
    }
}
