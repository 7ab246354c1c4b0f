using System.Globalization;

namespace Cloister.Rehearsal.Yaml;

/// <summary>Durations as people write them: <c>200ms</c>, <c>1.5s</c>, <c>2m</c>, <c>1h</c>.</summary>
internal static class Durations
{
    /// <summary>Longer than any sensible pause; "for ever" has its own words.</summary>
    private static readonly TimeSpan Max = TimeSpan.FromHours(1);

    private static readonly (string Suffix, double Milliseconds)[] Units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text is "0")
            return true;
        foreach (var (suffix, milliseconds) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)
                || !double.TryParse(text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                continue;
            }
            if (number * milliseconds > Max.TotalMilliseconds)
                return false;
            duration = TimeSpan.FromMilliseconds(number * milliseconds);
            return true;
        }
        return false;
    }
}
