namespace Cloister.Briefing;

/// <summary>Somebody else's words, marked line by line, so that they cannot pass for headings of ours.</summary>
internal static class Quotation
{
    /// <param name="text">The words. Untrusted text.</param>
    /// <param name="limit">The most characters of them.</param>
    public static string Of(string text, int limit = int.MaxValue)
    {
        var kept = text.Length <= limit ? text : $"{text[..limit]} […]";
        return string.Join('\n', kept.ReplaceLineEndings("\n").Split('\n').Select(line => $"> {line}"));
    }
}
