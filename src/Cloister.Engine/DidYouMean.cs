namespace Cloister;

/// <summary>Finds the word that was probably meant.</summary>
internal static class DidYouMean
{
    /// <summary>A longer word is not a typing slip any more, and the comparison costs its square.</summary>
    private const int MaxLength = 64;

    /// <summary>The nearest known word, or null when none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > MaxLength)
            return null;
        // One slip in three letters; words of two letters must differ only in case.
        var allowed = Math.Max(1, word.Length / 3);
        string? best = null;
        foreach (var candidate in known)
        {
            if (candidate.Length > MaxLength || Math.Abs(candidate.Length - word.Length) > allowed)
                continue;
            var distance = Distance(word, candidate);
            if (distance >= Math.Max(word.Length, candidate.Length) || distance > allowed || (best is not null && distance == allowed))
                continue;
            best = candidate;
            allowed = distance;
        }
        return best;
    }

    /// <summary><c>did you mean "schema"?</c>, or null.</summary>
    public static string? Phrase(string word, IEnumerable<string> known) =>
        Nearest(word, known) is { } near ? $"did you mean \"{near}\"?" : null;

    // Insertions, deletions, replacements, and two swapped neighbours count one each; case counts nothing.
    private static int Distance(string a, string b)
    {
        Span<int> before = stackalloc int[MaxLength + 1], last = stackalloc int[MaxLength + 1], now = stackalloc int[MaxLength + 1];
        for (var j = 0; j <= b.Length; j++)
            last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            now[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = Same(a[i - 1], b[j - 1]);
                now[j] = Math.Min(Math.Min(now[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    now[j] = Math.Min(now[j], before[j - 2] + 1);
            }
            last.CopyTo(before);
            now.CopyTo(last);
        }
        return last[b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
