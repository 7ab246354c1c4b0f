namespace Cloister.Server.Mcp;

/// <summary>As much of a list as an answer bears: a model pays for every letter, in every later turn too.</summary>
/// <param name="Shown">The first ones.</param>
/// <param name="More">How many are left out; null: none.</param>
internal sealed record Shortlist<T>(IReadOnlyList<T> Shown, int? More);

/// <summary>Makes short lists.</summary>
internal static class Shortlist
{
    /// <summary>The first of them, as long as they fit.</summary>
    /// <param name="items">All of them.</param>
    /// <param name="length">How many characters one takes.</param>
    /// <param name="limit">How many characters all may take.</param>
    public static Shortlist<T> Of<T>(IReadOnlyCollection<T> items, Func<T, int> length, int limit)
    {
        var shown = items.TakeWhile(item => (limit -= length(item)) >= 0).ToList();
        return new Shortlist<T>(shown, shown.Count == items.Count ? null : items.Count - shown.Count);
    }

    /// <summary>The first of some words, as long as they fit.</summary>
    public static Shortlist<string> Of(IReadOnlyCollection<string> words, int limit) => Of(words, word => word.Length + Separator, limit);

    // A comma and what stands around a word.
    private const int Separator = 4;
}
