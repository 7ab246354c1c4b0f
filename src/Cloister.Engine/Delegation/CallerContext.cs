using System.Globalization;

namespace Cloister.Delegation;

/// <summary>How full the conversation is that has a task to give away.</summary>
/// <param name="Tokens">What its newest turn had in its window.</param>
/// <param name="Window">What fits into its window.</param>
/// <param name="Model">Its model as the price list calls it, or null when the list does not have it.</param>
public sealed record CallerContext(long Tokens, long Window, string? Model)
{
    /// <summary>Larger than any window: a mistake of whoever reported it.</summary>
    internal const long MostTokens = 20_000_000;

    /// <summary>The share of its window that is used, 0 to 1.</summary>
    public double Share => Window <= 0 ? 0 : Math.Clamp(Tokens / (double)Window, 0, 1);

    /// <summary>The same for people.</summary>
    internal string Words => string.Create(CultureInfo.InvariantCulture, $"{100 * Share:0}% full ({Thousands(Tokens)} of {Thousands(Window)} tokens)");

    private static string Thousands(long tokens) => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(tokens / 1_000.0):0}k");
}
