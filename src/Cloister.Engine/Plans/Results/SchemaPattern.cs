using System.Text.RegularExpressions;

namespace Cloister.Plans.Results;

/// <summary>Patterns of a plan run over an agent's words: neither may hold the engine up.</summary>
internal static class SchemaPattern
{
    /// <summary>Any honest pattern over a result needs far less.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    /// <summary>The compiled pattern, or null when it is none.</summary>
    public static Regex? Compile(string pattern)
    {
        try
        {
            return Linear(pattern) ?? new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>True when the text matches; false also when the pattern takes too long to tell.</summary>
    public static bool Matches(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    // Lookarounds and back references need the backtracking engine; there the time limit alone holds.
    private static Regex? Linear(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Patience);
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }
}
