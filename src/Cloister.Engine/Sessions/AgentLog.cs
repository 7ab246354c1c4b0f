namespace Cloister.Sessions;

/// <summary>A page of what an agent said and did.</summary>
/// <param name="Lines">In order.</param>
/// <param name="NextOffset">Ask again from here.</param>
/// <param name="Ended">True when the attempt has ended and all of it was read.</param>
public sealed record LogPage(IReadOnlyList<LogLine> Lines, long NextOffset, bool Ended)
{
    /// <summary>Those that say something to people.</summary>
    internal IEnumerable<LogLine> Told => Lines.Where(line => line.Kind != LogLine.Silent);

    /// <summary>The agent program's own lines, each once: one may say several things.</summary>
    /// <param name="wanted">Which, by what they say.</param>
    internal IEnumerable<string> RawLines(Func<LogLine, bool> wanted) => Lines.Where(wanted).DistinctBy(line => line.Offset).Select(line => line.Raw);
}

/// <summary>One thing an agent said or did.</summary>
/// <param name="Offset">Where its line starts in the transcript.</param>
/// <param name="At">When, where the transcript says so.</param>
/// <param name="Kind"><c>text</c>, <c>tool</c>, <c>result</c>, <c>error</c>, <c>context</c>, <c>end</c>, or <c>line</c> for one that says nothing to people.</param>
/// <param name="Title">A word: the tool's name, or the kind. Untrusted text.</param>
/// <param name="Text">What it says. Untrusted text.</param>
/// <param name="Raw">The line as the agent program wrote it, JSON.</param>
public sealed record LogLine(long Offset, DateTimeOffset? At, string Kind, string Title, string Text, string Raw)
{
    /// <summary>The kind of a line that says nothing to people.</summary>
    internal const string Silent = "line";
}
