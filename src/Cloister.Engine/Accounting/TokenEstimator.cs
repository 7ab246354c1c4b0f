using System.Collections.Immutable;
using System.Text;

namespace Cloister.Accounting;

/// <summary>
/// How many tokens a text will be, before anybody has counted: from its bytes, at a rate that is learned for each model family from what
/// requests really took. A pure fold of observations: the same ones in the same order give the same estimator.
/// </summary>
internal sealed class TokenEstimator
{
    // Enough for a steady median, and old ones go: the CLI's own share of a request changes with its versions.
    private const int MostObservations = 48;

    private readonly ImmutableDictionary<string, (ImmutableArray<UsageObservation> Observations, TokenCalibration Calibration)> _families;

    private TokenEstimator(ImmutableDictionary<string, (ImmutableArray<UsageObservation> Observations, TokenCalibration Calibration)> families) => _families = families;

    /// <summary>Knows nothing yet.</summary>
    public static TokenEstimator Initial { get; } = new(ImmutableDictionary.Create<string, (ImmutableArray<UsageObservation>, TokenCalibration)>(StringComparer.Ordinal));

    /// <summary>The fold of observations, oldest first.</summary>
    public static TokenEstimator From(IEnumerable<UsageObservation> observations) => observations.Aggregate(Initial, (estimator, one) => estimator.With(one));

    /// <summary>One observation more; one that cannot be true changes nothing.</summary>
    public TokenEstimator With(UsageObservation observation)
    {
        if (!observation.IsSound)
            return this;
        var family = ModelFamily.Of(observation.Model);
        var kept = _families.TryGetValue(family, out var known) ? known.Observations : [];
        if (kept.Length == MostObservations)
            kept = kept.RemoveAt(0);
        kept = kept.Add(observation);
        return new TokenEstimator(_families.SetItem(family, (kept, TokenCalibration.Fit(kept))));
    }

    /// <summary>What is known about a model's family.</summary>
    /// <param name="model">Alias or id; null: not known yet, and the family seen most stands in.</param>
    public TokenCalibration Calibration(string? model)
    {
        if (model is not null)
            return _families.TryGetValue(ModelFamily.Of(model), out var known) ? known.Calibration : TokenCalibration.Initial;
        return _families.OrderByDescending(family => family.Value.Calibration.Observations).ThenBy(family => family.Key, StringComparer.Ordinal)
            .Select(family => family.Value.Calibration).FirstOrDefault(TokenCalibration.Initial);
    }

    /// <summary>Tokens of a text, without base overhead; never less for more bytes.</summary>
    public long Tokens(string text, string? model) => Tokens(Encoding.UTF8.GetByteCount(text), model);

    /// <summary>Tokens of so many bytes of text.</summary>
    public long Tokens(long bytes, string? model) => (long)Math.Ceiling(Math.Max(0, bytes) * Calibration(model).TokensPerByte);

    /// <summary>The most bytes that are certainly no more than so many tokens.</summary>
    public long Bytes(long tokens, string? model) => (long)Math.Floor(Math.Max(0, tokens) / Calibration(model).TokensPerByte);
}
