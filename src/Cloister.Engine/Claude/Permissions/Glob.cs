namespace Cloister.Claude.Permissions;

/// <summary>Wildcards of permission rules: <c>*</c>, <c>**</c>, <c>?</c>. Linear in the text for each star, no backtracking tree.</summary>
internal static class Glob
{
    public static bool Matches(string pattern, string text, bool starCrossesSlash)
    {
        // reachable[p]: the pattern's first p characters match the text read so far.
        var reachable = new bool[pattern.Length + 1];
        reachable[0] = true;
        Extend(pattern, reachable);
        foreach (var c in text)
        {
            var next = new bool[pattern.Length + 1];
            for (var p = 0; p < pattern.Length; p++)
            {
                if (!reachable[p])
                    continue;
                if (pattern[p] == '*')
                    next[p] |= c != '/' || starCrossesSlash || IsDouble(pattern, p);
                else if (pattern[p] == c || (pattern[p] == '?' && c != '/'))
                    next[p + 1] = true;
            }

            Extend(pattern, next);
            reachable = next;
        }

        return reachable[pattern.Length];
    }

    // A star may also stand for nothing.
    private static void Extend(string pattern, bool[] reachable)
    {
        for (var p = 0; p < pattern.Length; p++)
        {
            if (reachable[p] && pattern[p] == '*')
                reachable[p + 1] = true;
        }
    }

    private static bool IsDouble(string pattern, int at) =>
        (at + 1 < pattern.Length && pattern[at + 1] == '*') || (at > 0 && pattern[at - 1] == '*');
}
