namespace Cloister.Rehearsal.Yaml;

/// <summary>Finds the word somebody meant.</summary>
internal static class Spelling
{
    /// <summary>"did you mean …" for a near miss, the list of known words otherwise.</summary>
    public static string Suggest(string word, IReadOnlyCollection<string> known)
    {
        var nearest = known.MinBy(k => Distance(Plain(word), Plain(k)));
        return nearest is not null && Distance(Plain(word), Plain(nearest)) <= Math.Max(1, nearest.Length / 3)
            ? $"did you mean \"{nearest}\"?"
            : $"known here: {string.Join(", ", known)}";
    }

    // kebab-case, snake_case and camelCase are the same word to a reader.
    private static string Plain(string word) =>
        word.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        foreach (var c in a)
        {
            var current = new int[b.Length + 1];
            current[0] = previous[0] + 1;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = previous[j - 1] + (c == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[^1];
    }
}
