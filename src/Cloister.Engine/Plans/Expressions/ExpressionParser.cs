using System.Globalization;
using System.Text.Json;

namespace Cloister.Plans.Expressions;

/// <summary>
/// Parses by descent, loosest operator first: <c>||</c>, <c>&amp;&amp;</c>, <c>==</c> and <c>!=</c>, <c>!</c>, then values.
/// A method that returns null has left its reason in <see cref="Error"/>.
/// </summary>
internal sealed class ExpressionParser
{
    private readonly ExpressionLexer _lexer;
    private readonly int _start;
    private Token _token;
    private int _depth;

    public ExpressionParser(string text, int start, int end)
    {
        _lexer = new ExpressionLexer(text, start, end);
        _start = start;
        _token = _lexer.Next();
    }

    /// <summary>What is wrong, or null.</summary>
    public ExpressionError? Error { get; private set; }

    /// <summary>Where parsing stopped: at the end, or at <c>}}</c>.</summary>
    public int End => _token.Offset;

    /// <summary>One expression that is followed by nothing else.</summary>
    public Expression? ParseWhole()
    {
        if (_token.Kind == TokenKind.End)
            return Fail("there is no expression here", _token);
        var expression = Either();
        if (expression is null)
            return null;
        if (_token.Offset - _start > Expression.MaxLength)
            return Fail(
                string.Create(CultureInfo.InvariantCulture, $"the expression is longer than {Expression.MaxLength} characters"), _token);
        return _token.Kind switch
        {
            TokenKind.End => expression,
            TokenKind.Wrong => Fail(_token.Value, _token),
            _ => Fail("an operator such as == or && is missing here", _token),
        };
    }

    private Expression? Either() => Chain(Both, static k => k == TokenKind.Or ? BinaryOperator.Or : null);

    private Expression? Both() => Chain(Comparison, static k => k == TokenKind.And ? BinaryOperator.And : null);

    private Expression? Comparison() => Chain(Unary, static k => k switch
    {
        TokenKind.Equal => BinaryOperator.Equal,
        TokenKind.NotEqual => BinaryOperator.NotEqual,
        _ => null,
    });

    private Expression? Chain(Func<Expression?> operand, Func<TokenKind, BinaryOperator?> joins)
    {
        // Every operator nests the tree one deeper to the left, and evaluation recurses.
        var left = operand();
        for (var links = 0; left is not null && joins(_token.Kind) is { } op; links++)
        {
            if (links == Expression.MaxLength / 8)
                return Fail("the expression has too many parts", _token);
            Advance();
            if (operand() is not { } right)
                return null;
            left = new Expression.Binary(op, left, right);
        }
        return left;
    }

    private Expression? Unary()
    {
        if (++_depth > Expression.MaxDepth)
            return Fail(string.Create(CultureInfo.InvariantCulture, $"the expression is nested deeper than {Expression.MaxDepth}"), _token);
        var result = _token.Kind == TokenKind.Not ? Negation() : Value();
        _depth--;
        return result;
    }

    private Expression.Not? Negation()
    {
        var offset = _token.Offset;
        Advance();
        return Unary() is { } operand ? new Expression.Not(operand, offset, operand.Offset + operand.Length - offset) : null;
    }

    private Expression? Value() => _token.Kind switch
    {
        TokenKind.Identifier => Word(),
        TokenKind.Text => Constant(JsonSerializer.SerializeToElement(_token.Value)),
        TokenKind.Number => Number(),
        TokenKind.Open => Parenthesis(),
        TokenKind.Wrong => Fail(_token.Value, _token),
        TokenKind.End => Fail("the expression ends too early", _token),
        _ => Fail("a name, a text in single quotes or a number is expected here", _token),
    };

    private Expression? Parenthesis()
    {
        Advance();
        var inner = Either();
        return inner is null || !Expect(TokenKind.Close, "a closing parenthesis is missing") ? null : inner;
    }

    private Expression? Number()
    {
        try
        {
            using var document = JsonDocument.Parse(_token.Value);
            if (document.RootElement.ValueKind == JsonValueKind.Number && double.IsFinite(document.RootElement.GetDouble()))
                return Constant(document.RootElement.Clone());
        }
        catch (JsonException)
        {
            // The one message below says it for every way to be wrong.
        }
        return Fail("this is not a number; write it like 12 or -0.5", _token);
    }

    private Expression.Literal Constant(JsonElement value)
    {
        var literal = new Expression.Literal(value, _token.Offset, _token.Length);
        Advance();
        return literal;
    }

    private Expression? Word()
    {
        var word = _token;
        switch (word.Value)
        {
            case "true" or "false":
                return Constant(JsonSerializer.SerializeToElement(word.Value is "true"));
            case "null":
                return Constant(JsonSerializer.SerializeToElement<object?>(null));
        }
        Advance();
        return _token.Kind == TokenKind.Open ? Call(word) : Path(word);
    }

    private Expression? Call(Token name)
    {
        if (FunctionSpec.Find(name.Value) is not { } spec)
        {
            var known = FunctionSpec.All.Select(f => f.Name).ToArray();
            Error ??= new ExpressionError(
                $"there is no function {name.Value}()", name.Offset, name.Length,
                DidYouMean.Phrase(name.Value, known), $"functions: {string.Join(", ", known)}");
            return null;
        }
        Advance();
        var arguments = new List<Expression>();
        while (_token.Kind != TokenKind.Close)
        {
            if (arguments.Count > 0 && !Expect(TokenKind.Comma, "a comma or a closing parenthesis is missing"))
                return null;
            if (Either() is not { } argument)
                return null;
            arguments.Add(argument);
        }
        var length = _token.Offset + _token.Length - name.Offset;
        Advance();
        return arguments.Count == spec.Arguments
            ? new Expression.Call(spec.Function, arguments, name.Offset, length)
            : Fail(
                string.Create(CultureInfo.InvariantCulture, $"{spec.Name}() takes {spec.Arguments} arguments, not {arguments.Count}"),
                name);
    }

    private Expression.Name? Path(Token root)
    {
        var path = new List<PathSegment> { new(root.Value, root.Offset) };
        var end = root.Offset + root.Length;
        while (_token.Kind is TokenKind.Dot or TokenKind.OpenBracket)
        {
            var bracket = _token.Kind == TokenKind.OpenBracket;
            Advance();
            if (Segment(bracket) is not { } segment)
                return null;
            path.Add(segment);
            end = _token.Offset + _token.Length;
            Advance();
            if (!bracket)
                continue;
            end = _token.Offset + _token.Length;
            if (!Expect(TokenKind.CloseBracket, "a closing bracket is missing"))
                return null;
        }
        return new Expression.Name(path, root.Offset, end - root.Offset);
    }

    private PathSegment? Segment(bool bracket)
    {
        var isIndex = int.TryParse(_token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var index);
        if (bracket && _token.Kind == TokenKind.Number && isIndex)
            return new PathSegment(_token.Value, _token.Offset, index);
        if (_token.Kind == (bracket ? TokenKind.Text : TokenKind.Identifier))
            return new PathSegment(_token.Value, _token.Offset);
        Fail(
            bracket ? "a position from 0 or a name in single quotes is expected in the brackets" : "a name is expected after the dot",
            _token);
        return null;
    }

    private bool Expect(TokenKind kind, string complaint)
    {
        if (_token.Kind != kind)
        {
            Fail(_token.Kind == TokenKind.Wrong ? _token.Value : complaint, _token);
            return false;
        }
        Advance();
        return true;
    }

    private Expression? Fail(string message, Token at)
    {
        Error ??= new ExpressionError(message, at.Offset, Math.Max(1, at.Length));
        return null;
    }

    private void Advance() => _token = _lexer.Next();
}
