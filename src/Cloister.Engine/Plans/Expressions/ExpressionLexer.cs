using System.Text;

namespace Cloister.Plans.Expressions;

internal enum TokenKind
{
    End,
    Identifier,
    Text,
    Number,
    Dot,
    Comma,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Not,
    Equal,
    NotEqual,
    And,
    Or,
    Wrong,
}

/// <summary>One word of an expression; <c>Value</c> is the text without quotes, or what is wrong with it.</summary>
internal readonly record struct Token(TokenKind Kind, string Value, int Offset, int Length);

/// <summary>Cuts an expression into words. Stops at <c>}}</c>, which no word contains outside of quotes.</summary>
internal sealed class ExpressionLexer(string text, int start, int end)
{
    private int _at = start;

    public Token Next()
    {
        while (_at < end && char.IsWhiteSpace(text[_at]))
            _at++;
        if (_at >= end || StartsWith("}}"))
            return new Token(TokenKind.End, "", Math.Min(_at, end), 0);
        var c = text[_at];
        if (char.IsAsciiLetter(c) || c == '_')
            return Run(TokenKind.Identifier, static x => char.IsAsciiLetterOrDigit(x) || x is '_' or '-');
        if (char.IsAsciiDigit(c) || c == '-')
            return Run(TokenKind.Number, static x => char.IsAsciiLetterOrDigit(x) || x is '.' or '-' or '+');
        return c == '\'' ? Quoted() : Symbol(c);
    }

    private Token Run(TokenKind kind, Func<char, bool> belongs)
    {
        var from = _at++;
        while (_at < end && belongs(text[_at]))
            _at++;
        return new Token(kind, text[from.._at], from, _at - from);
    }

    private Token Quoted()
    {
        var from = _at++;
        var value = new StringBuilder();
        while (_at < end)
        {
            if (text[_at] != '\'')
            {
                value.Append(text[_at++]);
                continue;
            }
            if (_at + 1 >= end || text[_at + 1] != '\'')
            {
                _at++;
                return new Token(TokenKind.Text, value.ToString(), from, _at - from);
            }
            value.Append('\'');
            _at += 2;
        }
        return new Token(TokenKind.Wrong, "a text is not closed; it ends with '", from, 1);
    }

    private Token Symbol(char c)
    {
        var (kind, length) = c switch
        {
            '.' => (TokenKind.Dot, 1),
            ',' => (TokenKind.Comma, 1),
            '(' => (TokenKind.Open, 1),
            ')' => (TokenKind.Close, 1),
            '[' => (TokenKind.OpenBracket, 1),
            ']' => (TokenKind.CloseBracket, 1),
            '=' when StartsWith("==") => (TokenKind.Equal, 2),
            '!' when StartsWith("!=") => (TokenKind.NotEqual, 2),
            '!' => (TokenKind.Not, 1),
            '&' when StartsWith("&&") => (TokenKind.And, 2),
            '|' when StartsWith("||") => (TokenKind.Or, 2),
            _ => (TokenKind.Wrong, 1),
        };
        var from = _at;
        _at += length;
        return new Token(kind, kind == TokenKind.Wrong ? Complaint(c) : text[from.._at], from, length);
    }

    private static string Complaint(char c) => c switch
    {
        '"' => "texts are written in single quotes: 'like this'",
        '=' => "two values are compared with ==",
        '&' => "both conditions are joined with &&",
        '|' => "one of two conditions is written with ||",
        '<' or '>' or '+' or '*' or '/' or '%' => $"expressions have no operator {c}",
        '{' or '}' or '$' => $"{c} has no meaning inside ${{{{ }}}}",
        _ => "this character has no meaning in an expression",
    };

    private bool StartsWith(string part) =>
        _at + part.Length <= end && text.AsSpan(_at, part.Length).SequenceEqual(part);
}
