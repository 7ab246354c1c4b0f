using System.Text.RegularExpressions;

namespace Cloister.Rehearsal.Scenarios;

/// <summary>What a rule looks for in a text: a piece of it, or a <c>/regular expression/</c> with optional flags <c>i</c> and <c>s</c>.</summary>
internal sealed class TextPattern
{
    private readonly string _piece;
    private readonly Regex? _regex;

    private TextPattern(string piece, Regex? regex)
    {
        _piece = piece;
        _regex = regex;
    }

    /// <summary>Names and numbers of the groups it captures, without the whole match.</summary>
    public IReadOnlyList<string> Groups => _regex is null ? [] : [.. _regex.GetGroupNames().Skip(1)];

    /// <summary>Reads a pattern as a scenario writes it.</summary>
    /// <exception cref="ArgumentException">The regular expression is broken.</exception>
    /// <exception cref="FormatException">It has a flag we do not know.</exception>
    /// <exception cref="NotSupportedException">It needs backtracking, which could take for ever on a large prompt.</exception>
    public static TextPattern Parse(string source)
    {
        var end = source.LastIndexOf('/');
        if (source.Length < 2 || source[0] != '/' || end == 0 || !source.AsSpan(end + 1).ContainsOnlyLetters())
            return new TextPattern(source, null);

        var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Multiline;
        foreach (var flag in source[(end + 1)..])
        {
            options |= flag switch
            {
                'i' => RegexOptions.IgnoreCase,
                's' => RegexOptions.Singleline,
                _ => throw new FormatException($"unknown flag \"{flag}\"; the flags are i and s"),
            };
        }
        return new TextPattern(source, new Regex(source[1..end], options, Regex.InfiniteMatchTimeout));
    }

    /// <summary>True when the text contains it; captured groups are put into <paramref name="groups"/>.</summary>
    public bool IsIn(string text, IDictionary<string, string>? groups = null)
    {
        if (_regex is null)
            return text.Contains(_piece, StringComparison.Ordinal);
        var match = _regex.Match(text);
        if (!match.Success)
            return false;
        if (groups is not null)
        {
            foreach (var name in Groups)
                groups[name] = match.Groups[name].Value;
        }
        return true;
    }
}

file static class Letters
{
    public static bool ContainsOnlyLetters(this ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetter(c))
                return false;
        }
        return true;
    }
}
