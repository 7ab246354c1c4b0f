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
            var counted = row.Number("input_tokens") + row.Number("cache_read_tokens") + row.Number("cache_write_tokens");
            // What subagents used is only in totals that this count does not know.
            if (transcript.HasSubagents ? counted < transcript.InputTokens : counted != transcript.InputTokens)
                yield return $"{folder.Attempt}: {counted} input tokens were counted, its messages say {transcript.InputTokens}";
            if (row.Number("output_tokens") > 0 && row.Amount("cost_usd") <= 0)
                yield return $"{folder.Attempt} wrote {row.Number("output_tokens")} tokens for nothing";
        }
    }
}
