using System.Globalization;
using Cloister.Accounting;

namespace Cloister.Delegation;

/// <summary>One way to get a task done.</summary>
/// <param name="Model">The model that would do it.</param>
/// <param name="Delegated">True for an agent of its own, false for whoever asks.</param>
/// <param name="Tokens">Tokens of the task, with the overhead where there is one.</param>
/// <param name="CostUsd">List price, with what the model reads again in every turn.</param>
/// <param name="Efficiency">The task's share of the tokens.</param>
internal sealed record Alternative(string Model, bool Delegated, long Tokens, decimal CostUsd, double Efficiency);

/// <summary>
/// Tokens and money of doing a task here and of giving it to an agent on each model of the price list. Reasoning is priced as output. Here,
/// every turn reads the context there is from the cache; an agent writes its overhead into the cache once and reads it in every later turn.
/// </summary>
/// <param name="Here">Doing it here.</param>
/// <param name="Delegated">Delegating it, the cheapest first.</param>
internal sealed record DelegationEconomics(Alternative Here, IReadOnlyList<Alternative> Delegated)
{
    /// <summary>The sums for a task, or null where they would be guesses: how many turns it takes or who asks is not known.</summary>
    public static DelegationEconomics? Of(ReasoningEstimate estimate, Overhead overhead, CallerContext? here)
    {
        if (here?.Model is not { } model || estimate.Turns is not { } measured)
            return null;
        var reasoning = Math.Max(0, estimate.Tokens);
        var turns = Math.Max(1, measured);
        var price = PriceList.Find(model).Price;
        var read = new TokenUsage(0, turns * Math.Max(0, here.Tokens), 0, reasoning);
        return new DelegationEconomics(
            new Alternative(model, Delegated: false, reasoning, price.Of(read), 1),
            [
                .. PriceList.All
                    .Select(other => Delegate(other.Model, other.Facts.Price, reasoning, turns, Math.Max(0, overhead.Tokens)))
                    .OrderBy(alternative => alternative.CostUsd)
                    .ThenBy(alternative => alternative.Model, StringComparer.Ordinal),
            ]);
    }

    /// <summary>Delegating to a model, or null when the list does not have it.</summary>
    public Alternative? To(string model) =>
        PriceList.NameOf(model) is { } known ? Delegated.First(alternative => alternative.Model == known) : null;

    /// <summary>The comparison with one model in a sentence without a full stop.</summary>
    public string Sentence(Alternative other)
    {
        var saved = Here.CostUsd - other.CostUsd;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"here on {Here.Model}: {Here.Tokens:N0} tokens, ${Here.CostUsd:0.0000}; delegated to {other.Model}: {other.Tokens:N0} tokens, ${other.CostUsd:0.0000}, ${Math.Abs(saved):0.0000} {(saved >= 0 ? "less" : "more")}");
    }

    private static Alternative Delegate(string model, Price price, long reasoning, int turns, long overhead)
    {
        var usage = new TokenUsage(0, (turns - 1) * overhead, overhead, reasoning);
        return new Alternative(model, Delegated: true, reasoning + overhead, price.Of(usage), reasoning == 0 ? 0 : reasoning / (double)(reasoning + overhead));
    }
}
