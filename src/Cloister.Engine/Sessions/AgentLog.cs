namespace Cloister.Sessions;

/// <summary>A page of what an agent said and did.</summary>
/// <param name="Lines">In order.</param>
/// <param name="NextOffset">Ask again from here.</param>
/// <param name="Ended">True when the attempt has ended and all of it was read.</param>
public sealed record LogPage(IReadOnlyList<LogLine> Lines, long NextOffset, bool Ended);

/// <summary>One thing an agent said or did.</summary>
/// <param name="Offset">Where its line starts in the transcript.</param>
/// <param name="At">When, where the transcript says so.</param>
/// <param name="Kind"><c>text</c>, <c>tool</c>, <c>result</c>, <c>error</c>, <c>context</c> or <c>end</c>.</param>
/// <param name="Title">A word: the tool's name, or the kind. Untrusted text.</param>
/// <param name="Text">What it says. Untrusted text.</param>
/// <param name="Raw">The line as the agent program wrote it, JSON.</param>
public sealed record LogLine(long Offset, DateTimeOffset? At, string Kind, string Title, string Text, string Raw);
