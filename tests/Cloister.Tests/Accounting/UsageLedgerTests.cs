using Cloister.Accounting;

namespace Cloister.Tests.Accounting;

public sealed class UsageLedgerTests
{
    private const string Opus = "claude-opus-4-8";
    private const string Sonnet = "claude-sonnet-4-5";
    private readonly UsageLedger _ledger = new(1_000_000);

    [Fact]
    public void a_message_seen_in_many_lines_is_counted_once()
    {
        _ledger.Message("m1", Opus, null, new TokenUsage(100, 0, 0, 1));
        _ledger.Message("m1", Opus, null, new TokenUsage(100, 0, 0, 1));
        _ledger.MessageEnding(null, new TokenUsage(100, 0, 0, 20));
        _ledger.Message("m1", Opus, null, new TokenUsage(100, 0, 0, 1));

        Assert.Equal(new TokenUsage(100, 0, 0, 20), _ledger.Tokens);
        Assert.Equal(0.001m, _ledger.CostUsd);
        Assert.Equal(1, _ledger.Turns);
    }

    [Fact]
    public void a_session_of_any_length_is_counted_message_by_message()
    {
        const int Messages = 20_000;
        for (var i = 0; i < Messages; i++)
        {
            _ledger.Message($"m{i}", Opus, null, new TokenUsage(100, 0, 0, 1));
            _ledger.Message($"m{i}", Opus, null, new TokenUsage(100, 0, 0, 1));
            _ledger.MessageEnding(null, new TokenUsage(100, 0, 0, 20));
        }

        Assert.Equal(new TokenUsage(100 * Messages, 0, 0, 20 * Messages), _ledger.Tokens);
        Assert.Equal(0.001m * Messages, _ledger.CostUsd);
        Assert.Equal(Messages, _ledger.Turns);
    }

    [Fact]
    public void a_subagent_counts_in_the_sum_but_not_in_turns_or_context()
    {
        _ledger.Message("m1", Opus, null, new TokenUsage(12, 5000, 300, 1));
        _ledger.Message("s1", Sonnet, "toolu_a", new TokenUsage(900, 0, 0, 1));
        _ledger.MessageEnding("toolu_a", new TokenUsage(900, 0, 0, 50));
        _ledger.MessageEnding(null, new TokenUsage(12, 5000, 300, 77));

        Assert.Equal(new TokenUsage(912, 5000, 300, 127), _ledger.Tokens);
        Assert.Equal(5312, _ledger.ContextTokens);
        Assert.Equal(1, _ledger.Turns);
    }

    [Fact]
    public void the_reported_figures_replace_the_estimate()
    {
        _ledger.Message("m1", Opus, null, new TokenUsage(100, 0, 0, 20));
        _ledger.Reconcile([new ModelUsage("claude-opus-4-8[1m]", new TokenUsage(100, 0, 0, 20), 0.0025m, 1_000_000)], null);

        Assert.Equal((new TokenUsage(100, 0, 0, 20), 0.0025m, 1_000_000L), (_ledger.Tokens, _ledger.CostUsd, _ledger.ContextWindow));
    }

    [Fact]
    public void what_comes_after_a_report_is_added_to_it()
    {
        _ledger.Message("m1", Opus, null, new TokenUsage(100, 0, 0, 20));
        _ledger.Reconcile([new ModelUsage(Opus, new TokenUsage(100, 0, 0, 20), 0.002m, 0)], null);
        _ledger.Message("m1", Opus, null, new TokenUsage(100, 0, 0, 20));
        _ledger.Message("m2", Opus, null, new TokenUsage(100, 0, 0, 20));

        Assert.Equal((new TokenUsage(200, 0, 0, 40), 0.003m), (_ledger.Tokens, _ledger.CostUsd));
    }

    [Fact]
    public void a_report_that_knows_of_less_is_not_believed()
    {
        _ledger.Message("m1", Opus, null, new TokenUsage(100, 0, 0, 20));
        _ledger.Reconcile([], null);

        Assert.Equal((new TokenUsage(100, 0, 0, 20), 0.001m), (_ledger.Tokens, _ledger.CostUsd));
    }

    [Fact]
    public void a_model_that_is_not_in_the_list_costs_the_highest_tier_and_is_named()
    {
        _ledger.Message("m1", "acme-9", null, new TokenUsage(1_000_000, 0, 0, 0));

        Assert.Equal(10m, _ledger.CostUsd);
        Assert.Equal(["acme-9"], _ledger.UnpricedModels);
    }

    [Theory]
    [InlineData("claude-opus-4-8[1m]", 5, 1_000_000)]
    [InlineData("claude-opus-4-1-20250805", 15, 200_000)]
    [InlineData("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3, 200_000)]
    [InlineData("claude-sonnet-4-6[1m]", 3, 1_000_000)]
    [InlineData("claude-opus-5-5", 4, 1_000_000)]
    [InlineData("claude-haiku-4-5@20251001", 1, 200_000)]
    public void models_are_found_under_every_provider_s_name(string model, int input, long window)
    {
        var facts = PriceList.Find(model);

        Assert.Equal((true, (decimal)input, window), (facts.Known, facts.Price.Input, facts.ContextWindow));
    }
}
