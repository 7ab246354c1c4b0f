namespace Cloister.Plans;

/// <summary>
/// Whether two globs can name the same file. In doubt yes: sets and alternatives count as <c>*</c>, and a plain name may be a folder.
/// </summary>
internal static class GlobOverlap
{
    private const string AnyDepth = "**";

    /// <summary>A glob cut into its segments, made once for many comparisons.</summary>
    public static GlobSegment[] Segments(string glob)
    {
        var segments = glob.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(s => s is not ".").Select(Segment).ToList();
        // src/Data is the folder with all that is in it, or a file.
        if (segments.Count == 0 || segments[^1].IsPlain)
            segments.Add(Segment(AnyDepth));
        return [.. segments];
    }

    public static bool Overlap(GlobSegment[] a, GlobSegment[] b)
    {
        // Most pairs differ in a plain folder name near the start.
        var same = 0;
        while (same < a.Length && same < b.Length && a[same].IsPlain && b[same].IsPlain)
        {
            if (!string.Equals(a[same].Text, b[same].Text, StringComparison.OrdinalIgnoreCase))
                return false;
            same++;
        }
        return RestOverlaps(a.AsSpan(same), b.AsSpan(same));
    }

    private static bool RestOverlaps(ReadOnlySpan<GlobSegment> a, ReadOnlySpan<GlobSegment> b)
    {
        // Row by row: can the first i segments of a and the first j of b cover the same path?
        var last = new bool[b.Length + 1];
        var now = new bool[b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                now[j] = (i == 0 && j == 0)
                    || (i > 0 && a[i - 1].IsAnyDepth && (last[j] || (j > 0 && now[j - 1])))
                    || (j > 0 && b[j - 1].IsAnyDepth && (now[j - 1] || (i > 0 && last[j])))
                    || (i > 0 && j > 0 && last[j - 1] && SegmentsMeet(a[i - 1].Text, b[j - 1].Text));
            }
            (last, now) = (now, last);
        }
        return last[b.Length];
    }

    private static bool SegmentsMeet(string a, string b)
    {
        var last = new bool[b.Length + 1];
        var now = new bool[b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                now[j] = (i == 0 && j == 0)
                    || (i > 0 && a[i - 1] == '*' && (last[j] || (j > 0 && now[j - 1])))
                    || (j > 0 && b[j - 1] == '*' && (now[j - 1] || (i > 0 && last[j])))
                    || (i > 0 && j > 0 && last[j - 1] && CharactersMeet(a[i - 1], b[j - 1]));
            }
            (last, now) = (now, last);
        }
        return last[b.Length];
    }

    private static bool CharactersMeet(char a, char b) =>
        a is '?' or '*' || b is '?' or '*' || char.ToLowerInvariant(a) == char.ToLowerInvariant(b);

    // Alternatives may hold a slash, which cuts them in two: every half counts as anything.
    private static GlobSegment Segment(string text)
    {
        var anyDepth = string.Equals(text, AnyDepth, StringComparison.Ordinal) || text.AsSpan().IndexOfAny("{}[]!") >= 0;
        return new GlobSegment(text, anyDepth, !anyDepth && text.AsSpan().IndexOfAny('*', '?') < 0);
    }
}

/// <summary>One part of a glob between slashes: a plain name, one with <c>*</c> or <c>?</c>, or any folders at all.</summary>
internal readonly record struct GlobSegment(string Text, bool IsAnyDepth, bool IsPlain);
