namespace Cloister.Server.Mcp;

/// <summary>Text of others on its way to a model or a person: visible, and no longer than it helps.</summary>
internal static class Plain
{
    // A line of a list: enough to recognise what it is about.
    private const int LineLength = 160;

    /// <summary>One line.</summary>
    public static string Line(string text, int limit = LineLength) => Cut(TerminalText.Line(Head(text, limit)), limit);

    /// <summary>Many lines.</summary>
    public static string Lines(string text, int limit) => Cut(TerminalText.Lines(Head(text, limit)), limit);

    // What is cut off anyway need not be looked at: a text may have megabytes.
    private static string Head(string text, int limit) => text.Length > limit + 1 ? text[..(limit + 1)] : text;

    private static string Cut(string text, int limit) => text.Length <= limit ? text : string.Concat(text.AsSpan(0, limit - 1), "…");
}
