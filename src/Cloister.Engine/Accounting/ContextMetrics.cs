using System.Text.Json.Serialization;

namespace Cloister.Accounting;

/// <summary>How a session used its context. Scores lie between 0 and 1.</summary>
/// <param name="ContextTokensUsed">Tokens in the window at its fullest.</param>
/// <param name="ContextEfficiencyScore">The task's share of them: task tokens ÷ (task tokens + base overhead). Null before the first model turn.</param>
/// <param name="SpecialistContextUtilization">The share of the limit that was used at its fullest. Null while the limit is not known.</param>
/// <param name="IsolationEffectiveness">1 minus the share of other tasks' markers found in what this session's agent said and read. Null: nobody looked.</param>
public sealed record ContextMetrics(
    [property: JsonPropertyName("context_tokens_used")] long ContextTokensUsed,
    [property: JsonPropertyName("context_efficiency_score")] double? ContextEfficiencyScore,
    [property: JsonPropertyName("specialist_context_utilization")] double? SpecialistContextUtilization,
    [property: JsonPropertyName("isolation_effectiveness")] double? IsolationEffectiveness)
{
    internal static ContextMetrics Of(ContextMeasure measure)
    {
        var used = Math.Max(0, measure.PeakTokens);
        var overhead = Math.Clamp(measure.BaseOverhead, 0, used);
        return new ContextMetrics(
            used,
            used == 0 ? null : Share(used - overhead, used),
            measure.Limit.Tokens == 0 ? null : Share(used, measure.Limit.Tokens),
            measure.Markers is { Planted: > 0 } markers ? 1 - Share(markers.Found, markers.Planted) : null);
    }

    private static double Share(long part, long whole) => Math.Clamp(part / (double)whole, 0, 1);
}

/// <summary>What the metrics of a session are computed from.</summary>
/// <param name="PeakTokens">The most that a model turn had in its window.</param>
/// <param name="BaseOverhead">Of these, what is there before any word of the task.</param>
/// <param name="Limit">What the context may grow to.</param>
/// <param name="Markers">What was found of other tasks, or null when nobody looked.</param>
internal sealed record ContextMeasure(long PeakTokens, long BaseOverhead, ContextLimit Limit, MarkerSearch? Markers);

/// <summary>A search for other tasks' content in the requests of one session.</summary>
/// <param name="Planted">Markers of other tasks that were looked for.</param>
/// <param name="Found">Markers that were found.</param>
public sealed record MarkerSearch(long Planted, long Found);
