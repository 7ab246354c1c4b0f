using System.Diagnostics.CodeAnalysis;

namespace Cloister.SessionFiles;

/// <summary>The name of a session, which is also its folder's: <c>backend</c>, or <c>r7-api</c> for a task that has one of its own.</summary>
public readonly record struct SessionName : IParsable<SessionName>
{
    /// <summary>What a name may be, in words for people.</summary>
    public const string Rule = "1 to 128 letters, digits, '.', '_' and '-', the first a letter or digit, no two dots in a row";

    // As long as names of tasks.
    private const int Longest = 128;

    private readonly string? _value;

    private SessionName(string value) => _value = value;

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";

    /// <inheritdoc/>
    public static SessionName Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <summary>The name, for text that was checked before.</summary>
    /// <exception cref="FormatException">It is no name.</exception>
    public static SessionName Parse(string text) =>
        TryParse(text, out var name, out var whyNot) ? name : throw new FormatException(whyNot);

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out SessionName result) => TryParse(s, out result, out _);

    /// <summary>The name, or why it is none in words for people.</summary>
    public static bool TryParse(string? text, out SessionName name, [NotNullWhen(false)] out string? whyNot)
    {
        whyNot = IsName(text) ? null : $"that is no name of a session: {Rule}";
        name = whyNot is null ? new SessionName(text!) : default;
        return whyNot is null;
    }

    private static bool IsName(string? text) =>
        text is { Length: > 0 and <= Longest }
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-')
        && !text.Contains("..", StringComparison.Ordinal);
}
