namespace Cloister.Delegation;

/// <summary>
/// Which past tasks a task is like: done by the same agent, and sharing words. Words are letters and digits, without case, from three
/// characters on; the share is what both have of what either has.
/// </summary>
internal static class Similarity
{
    // A third of all words: below it, tasks share little but "add the to".
    private const double LeastShare = 1.0 / 3;

    // Enough for a median; a longer list would only mix in what is less alike.
    private const int Most = 20;

    // A prompt may have megabytes; what it is about stands at its beginning.
    private const int MostWords = 400;
    private const int ShortestWord = 3;

    /// <summary>The most similar ones, nearest first.</summary>
    public static IReadOnlyList<PastTask> Nearest(DelegationTask task, IReadOnlyCollection<PastTask> past)
    {
        var words = Words(task.Description);
        return
        [
            .. past
                .Where(one => one.Agent == task.Agent)
                .Select(one => (Task: one, Share: Share(words, Words(one.Description))))
                .Where(found => found.Share >= LeastShare)
                .OrderByDescending(found => found.Share)
                .Take(Most)
                .Select(found => found.Task),
        ];
    }

    private static double Share(HashSet<string> a, HashSet<string> b)
    {
        var common = a.Count(b.Contains);
        return common == 0 ? 0 : common / (double)(a.Count + b.Count - common);
    }

    private static HashSet<string> Words(string text)
    {
        var words = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var start = 0;
        for (var i = 0; i <= text.Length && words.Count < MostWords; i++)
        {
            if (i < text.Length && char.IsLetterOrDigit(text[i]))
                continue;
            if (i - start >= ShortestWord)
                words.Add(text[start..i]);
            start = i + 1;
        }
        return words;
    }
}
