using System.Globalization;
using System.Text;

namespace Cloister;

/// <summary>
/// The one way for text of others (prompts, agents' output, repository content) to a terminal: what would move the cursor, change
/// colours, reverse or hide letters is shown by its number instead.
/// </summary>
internal static class TerminalText
{
    /// <summary>Many lines: line ends and tabs stay.</summary>
    public static string Lines(string text) => Show(text.ReplaceLineEndings("\n"), keepLayout: true);

    /// <summary>One line: line ends and tabs become spaces.</summary>
    public static string Line(string text) => Show(text.ReplaceLineEndings(" ").Replace('\t', ' '), keepLayout: false);

    private static string Show(string text, bool keepLayout)
    {
        if (text.All(c => c is >= ' ' and <= '~'))
            return text;
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (keepLayout && rune.Value is '\n' or '\t')
                shown.Append((char)rune.Value);
            else if (IsVisible(rune))
                shown.Append(rune.ToString());
            else
                shown.Append(CultureInfo.InvariantCulture, $"⟨U+{rune.Value:X4}⟩");
        }
        return shown.ToString();
    }

    // Control, format (bidi, zero width, tags), line and paragraph separators, and what nobody has assigned.
    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate => false,
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        // Letters without ink: fillers that make two different commands look alike.
        _ => rune.Value is not (0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x3164 or 0xFFA0),
    };
}
