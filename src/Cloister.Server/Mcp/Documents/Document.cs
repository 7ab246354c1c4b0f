namespace Cloister.Server.Mcp.Documents;

/// <summary>A text that a run or task has, whole.</summary>
/// <param name="Text">What it says. Untrusted text, made visible.</param>
/// <param name="MediaType">What it is.</param>
/// <param name="IsFinal">True when it does not change any more.</param>
internal sealed record Document(string Text, string MediaType, bool IsFinal);

/// <summary>A page of a document.</summary>
/// <param name="Text">The page.</param>
/// <param name="Next">The cursor of the next one; null at the end.</param>
internal sealed record DocumentPage(string Text, string? Next)
{
    /// <summary>Under 2,000 tokens, also where a token is short.</summary>
    public const int Length = 6_000;

    /// <summary>The page from a cursor on; pages end at line ends where there is one near.</summary>
    public static DocumentPage Of(string text, string? cursor)
    {
        var start = Start(cursor, text.Length);
        if (text.Length - start <= Length)
            return new DocumentPage(text[start..], null);
        var end = text.LastIndexOf('\n', start + Length - 1, Length / 2) is >= 0 and var line ? line + 1 : start + Length;
        // Two halves of one letter belong together.
        if (char.IsHighSurrogate(text[end - 1]))
            end--;
        return new DocumentPage(text[start..end], end.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static int Start(string? cursor, int length)
    {
        if (cursor is null)
            return 0;
        return int.TryParse(cursor, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var start) && start <= length
            ? start
            : throw new CloisterException("read.cursor", $"\"{Plain.Line(cursor, 40)}\" is no cursor of this text", "take next of the page before, or leave it out");
    }
}
