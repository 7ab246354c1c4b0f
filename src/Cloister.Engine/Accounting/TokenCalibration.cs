using System.Collections.Immutable;

namespace Cloister.Accounting;

/// <summary>What the observations of one model family say: tokens = base overhead + bytes × rate.</summary>
/// <param name="TokensPerByte">Tokens for one byte of text.</param>
/// <param name="BaseOverhead">Tokens that are there before our text: tool definitions and system prompt. Null: never measured.</param>
/// <param name="Observations">How many observations stand behind it.</param>
/// <param name="RateMeasured">True when the rate was measured too; false while all texts were of one size or there were too few.</param>
internal sealed record TokenCalibration(double TokensPerByte, long? BaseOverhead, int Observations, bool RateMeasured)
{
    /// <summary>Three and a half bytes a token: English prose is near four, code near three. Rather too many tokens than too few.</summary>
    public const double UsualTokensPerByte = 1 / 3.5;

    // No text is denser than a token a byte, and none we send is thinner than one in ten.
    private const double LeastTokensPerByte = 0.1;
    private const double MostTokensPerByte = 1;

    // Texts of nearly one size say nothing about the rate: the noise of the overhead would be taken for it.
    private const long LeastSpread = 2_000;
    private const int FewestSlopes = 3;

    /// <summary>Before any observation.</summary>
    public static TokenCalibration Initial { get; } = new(UsualTokensPerByte, null, 0, RateMeasured: false);

    /// <summary>
    /// The line through the observations by medians (Theil and Sen): up to a quarter of them may be nonsense, such as a turn in which the
    /// CLI sent something of its own.
    /// </summary>
    public static TokenCalibration Fit(ImmutableArray<UsageObservation> observations)
    {
        if (observations.IsEmpty)
            return Initial;
        var slopes = Slopes(observations);
        var measured = slopes.Count >= FewestSlopes;
        var rate = measured ? Math.Clamp(Median(slopes), LeastTokensPerByte, MostTokensPerByte) : UsualTokensPerByte;
        var rests = observations.Select(one => one.InputTokens - (one.BytesSent * rate)).ToList();
        return new TokenCalibration(rate, (long)Math.Round(Math.Max(0, Median(rests))), observations.Length, measured);
    }

    private static List<double> Slopes(ImmutableArray<UsageObservation> observations)
    {
        var slopes = new List<double>();
        for (var i = 0; i < observations.Length; i++)
        {
            for (var j = i + 1; j < observations.Length; j++)
            {
                var spread = observations[j].BytesSent - observations[i].BytesSent;
                if (Math.Abs(spread) >= LeastSpread)
                    slopes.Add((observations[j].InputTokens - observations[i].InputTokens) / (double)spread);
            }
        }
        return slopes;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
