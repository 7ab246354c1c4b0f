namespace Cloister.Accounting;

/// <summary>US dollars for a million tokens of one model.</summary>
internal sealed record Price(decimal Input, decimal Output, decimal CacheWrite, decimal CacheRead)
{
    private const decimal Million = 1_000_000;

    public decimal Of(TokenUsage tokens) =>
        ((tokens.Input * Input) + (tokens.Output * Output) + (tokens.CacheWrite * CacheWrite) + (tokens.CacheRead * CacheRead)) / Million;
}

/// <summary>A model as far as accounting knows it.</summary>
/// <param name="Price">Its list price.</param>
/// <param name="ContextWindow">Size of its window in tokens.</param>
/// <param name="Known">False when the model is not in the list and the figures are those of the most expensive current tier.</param>
internal sealed record ModelFacts(Price Price, long ContextWindow, bool Known);

/// <summary>
/// List prices and windows, for the time until the CLI reports its own figures and for processes that died before they could.
/// Source: the model table shipped inside Claude Code 2.1.329 (first-party prices, five-minute cache writes).
/// </summary>
internal static class PriceList
{
    public const long Window200K = 200_000;
    public const long Window1M = 1_000_000;
    private const string LongContextMark = "[1m]";

    private static readonly Price Tier15 = new(15, 75, 18.75m, 1.5m);
    private static readonly Price Tier10 = new(10, 50, 12.5m, 1);
    private static readonly Price Tier8 = new(8, 40, 10, 0.2m);
    private static readonly Price Tier5 = new(5, 25, 6.25m, 0.5m);
    private static readonly Price Tier4 = new(4, 20, 5, 0.2m);
    private static readonly Price Tier3 = new(3, 15, 3.75m, 0.3m);
    private static readonly Price Tier2 = new(2, 10, 2.5m, 0.2m);

    // The first entry whose name begins the model's name decides, so the longer name stands first.
    private static readonly (string Prefix, ModelFacts Facts)[] Models =
    [
        ("claude-opus-5-5", new(Tier4, Window1M, true)),
        ("claude-opus-5", new(Tier5, Window1M, true)),
        ("claude-opus-4-8", new(Tier5, Window1M, true)),
        ("claude-opus-4-7", new(Tier5, Window1M, true)),
        ("claude-opus-4-6", new(Tier5, Window200K, true)),
        ("claude-opus-4-5", new(Tier5, Window200K, true)),
        ("claude-opus-4", new(Tier15, Window200K, true)),
        ("claude-sonnet-5-5", new(Tier2 with { CacheRead = 0.1m }, Window1M, true)),
        ("claude-sonnet-5", new(Tier2, Window1M, true)),
        ("claude-sonnet-4", new(Tier3, Window200K, true)),
        ("claude-3-7-sonnet", new(Tier3, Window200K, true)),
        ("claude-3-5-sonnet", new(Tier3, Window200K, true)),
        // Its price above 100,000 prompt tokens; below it costs a fifth, and the CLI's own figure corrects that at the end of the turn.
        ("claude-haiku-5-5", new(new Price(0.5m, 2.5m, 0.625m, 0.05m), Window1M, true)),
        ("claude-haiku-4-5", new(new Price(1, 5, 1.25m, 0.1m), Window200K, true)),
        ("claude-3-5-haiku", new(new Price(0.8m, 4, 1, 0.08m), Window200K, true)),
        ("claude-fable-5-2", new(Tier8, Window1M, true)),
        ("claude-fable-5-1", new(Tier10 with { CacheRead = 0.25m }, Window1M, true)),
        ("claude-fable-5", new(Tier10, Window1M, true)),
        ("claude-mythos-5-2", new(Tier8, Window1M, true)),
        ("claude-mythos-5-1", new(Tier10 with { CacheRead = 0.25m }, Window1M, true)),
        ("claude-mythos-5", new(Tier10, Window1M, true)),
    ];

    /// <summary>The models of the list, by the beginning of their ids.</summary>
    public static IEnumerable<(string Model, ModelFacts Facts)> All => Models;

    /// <summary>Looks up a model by the id that the API, Bedrock or Vertex give it.</summary>
    public static ModelFacts Find(string model)
    {
        // A budget is kept even for a model we cannot price: rather stop too early than spend silently.
        if (Listed(model) is not { } listed)
            return new ModelFacts(Tier10, Window200K, Known: false);
        return model.Contains(LongContextMark, StringComparison.OrdinalIgnoreCase) ? listed.Facts with { ContextWindow = Window1M } : listed.Facts;
    }

    /// <summary>The list's own name of a model, or null when the list does not have it.</summary>
    public static string? NameOf(string model) => Listed(model)?.Prefix;

    private static (string Prefix, ModelFacts Facts)? Listed(string model)
    {
        var name = model.ToLowerInvariant();
        var start = name.IndexOf("claude-", StringComparison.Ordinal);
        foreach (var entry in Models)
        {
            if (start >= 0 && name.AsSpan(start).StartsWith(entry.Prefix, StringComparison.Ordinal))
                return entry;
        }
        return null;
    }
}
