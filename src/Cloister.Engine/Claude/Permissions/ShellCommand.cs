using System.Text;

namespace Cloister.Claude.Permissions;

/// <summary>Takes a shell line apart as far as that can be done without being a shell.</summary>
internal static class ShellCommand
{
    // Redirections that write no file of the user's; they are dropped before matching, as Claude Code does.
    private static readonly string[] HarmlessRedirections = ["2>&1", "2>/dev/null", ">/dev/null", "> /dev/null", "2> /dev/null"];

    /// <summary>
    /// The simple commands of a line, every one of which has to be allowed; null when the line holds anything whose effect the text does
    /// not show: expansion, substitution, redirection, grouping, escapes.
    /// </summary>
    public static IReadOnlyList<string>? Parts(string command)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        var quote = '\0';
        for (var i = 0; i < command.Length; i++)
        {
            var c = command[i];
            if (quote == '\'' ? c == '\0' : IsOpaque(c, quote))
                return null;
            if (quote != '\0' || c is '\'' or '"')
            {
                if (quote == c)
                    quote = '\0';
                else if (quote == '\0')
                    quote = c;
                part.Append(c);
                continue;
            }

            if (Redirection(command, i) is { } length)
                i += length - 1;
            else if (c is '<' or '>')
                return null;
            else if (c is ';' or '|' or '&' or '\n')
                Close(parts, part);
            else
                part.Append(c);
        }

        Close(parts, part);
        return quote == '\0' ? parts : null;
    }

    private static bool IsOpaque(char c, char quote) =>
        c is '$' or '`' or '\\' or '\0' or '\r' || (quote == '\0' && c is '(' or ')' or '{' or '}' or '!' or '#' or '~');

    private static int? Redirection(string command, int at)
    {
        // "12>&1" would redirect descriptor 12: the digit has to begin a word.
        var beginsWord = at == 0 || command[at - 1] is ' ' or '\t';
        var found = beginsWord
            ? Array.Find(HarmlessRedirections, r => string.CompareOrdinal(command, at, r, 0, r.Length) == 0 && EndsWord(command, at + r.Length))
            : null;
        return found?.Length;
    }

    private static bool EndsWord(string command, int at) => at >= command.Length || command[at] is ' ' or '\t' or ';' or '|' or '&' or '\n';

    private static void Close(List<string> parts, StringBuilder part)
    {
        var text = part.ToString().Trim();
        if (text.Length > 0)
            parts.Add(text);
        part.Clear();
    }
}
