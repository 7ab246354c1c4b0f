using System.Globalization;
using System.Text;

namespace Cloister.SessionFiles;

/// <summary>
/// Texts of agents as they may stand in one line of a file that people look at in a terminal: whatever would end the line or steer the
/// terminal is written as an escape that YAML, too, understands.
/// </summary>
internal static class OneLineText
{
    // A log says what happened; the text itself is elsewhere.
    private const int Longest = 4096;

    /// <summary>The text, escaped, and quoted for YAML when asked to.</summary>
    public static string Of(string text, bool quoted)
    {
        var line = new StringBuilder();
        if (quoted)
            line.Append('"');
        foreach (var rune in (text.Length > Longest ? text[..Longest] + "…" : text).EnumerateRunes())
            Append(line, rune, quoted);
        if (quoted)
            line.Append('"');
        return line.ToString();
    }

    /// <summary>A word for the place of a single word: what would part it is an underscore.</summary>
    public static string Word(string text) =>
        text.Length == 0 ? "-" : Of(string.Concat(text.Select(letter => char.IsWhiteSpace(letter) ? '_' : letter)), quoted: false);

    private static void Append(StringBuilder line, Rune rune, bool quoted)
    {
        switch (rune.Value)
        {
            case '\n': line.Append("\\n"); break;
            case '\r': line.Append("\\r"); break;
            case '\t': line.Append("\\t"); break;
            case '\\': line.Append("\\\\"); break;
            case '"' when quoted: line.Append("\\\""); break;
            case var _ when IsPlain(rune): line.Append(rune.ToString()); break;
            case <= 0xff: line.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"); break;
            case <= 0xffff: line.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"); break;
            default: line.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"); break;
        }
    }

    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate);
}
