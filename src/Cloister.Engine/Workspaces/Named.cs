namespace Cloister.Workspaces;

/// <summary>A list in a sentence: the first names, and how many more there are.</summary>
internal static class Named
{
    // More names than this help nobody; the rest is counted.
    private const int Most = 5;

    /// <param name="names">What there is.</param>
    /// <param name="separator">What stands between two.</param>
    /// <param name="others">How many more there are that have no name here.</param>
    public static string FirstOf(IReadOnlyCollection<string> names, string separator = ", ", int others = 0)
    {
        var more = Math.Max(0, names.Count - Most) + others;
        return string.Join(separator, names.Take(Most)) + (more > 0 ? $" and {more} more" : "");
    }
}
