namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>Was everything that an agent used counted, and counted once?</summary>
internal static class MoneyJudge
{
    public static IEnumerable<string> Judge(Journal journal, IReadOnlyList<AttemptFolder> folders)
    {
        var ended = journal.Events.Where(e => e.Type == "attempt.ended").Select(e => e.Attempt!).ToHashSet(StringComparer.Ordinal);
        foreach (var folder in folders.Where(f => ended.Contains(f.Attempt)))
        {
            var transcript = new Transcript(folder.Output);
            var row = journal.Attempts.Single(row => row.Attempt == folder.Attempt);
            foreach (var (kind, said) in transcript.Tokens)
            {
                // What subagents used is only in totals that this count does not know.
                var counted = row.Number(kind);
                if (transcript.HasSubagents ? counted < said : counted != said)
                    yield return $"{folder.Attempt}: {counted} {kind.Replace('_', ' ')} were counted, its messages say {said}";
            }
            if (row.Number("output_tokens") > 0 && row.Amount("cost_usd") <= 0)
                yield return $"{folder.Attempt} wrote {row.Number("output_tokens")} tokens for nothing";
        }
    }
}
