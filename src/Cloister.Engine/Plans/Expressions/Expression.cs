using System.Text.Json;

namespace Cloister.Plans.Expressions;

/// <summary>What stands between <c>${{</c> and <c>}}</c>, parsed once. Offsets count from the start of the parsed text.</summary>
internal abstract record Expression(int Offset, int Length)
{
    /// <summary>A condition longer than this belongs into a task of its own.</summary>
    public const int MaxLength = 4_096;

    /// <summary>Parentheses and negations inside each other; the parser recurses.</summary>
    public const int MaxDepth = 32;

    internal sealed record Literal(JsonElement Value, int Offset, int Length) : Expression(Offset, Length);

    /// <summary>A name with its path: <c>tasks.callers.result.files</c>. <c>Path[0]</c> is the root.</summary>
    internal sealed record Name(IReadOnlyList<PathSegment> Path, int Offset, int Length) : Expression(Offset, Length)
    {
        public string Root => Path[0].Text;
    }

    internal sealed record Call(ExpressionFunction Function, IReadOnlyList<Expression> Arguments, int Offset, int Length) : Expression(Offset, Length);

    internal sealed record Not(Expression Operand, int Offset, int Length) : Expression(Offset, Length);

    internal sealed record Binary(BinaryOperator Operator, Expression Left, Expression Right)
        : Expression(Left.Offset, Right.Offset + Right.Length - Left.Offset);

    /// <summary>Parses a whole text as one expression.</summary>
    public static bool TryParse(string text, out Expression? expression, out ExpressionError? error)
    {
        var parser = new ExpressionParser(text, 0, text.Length);
        expression = parser.ParseWhole();
        error = parser.Error;
        return expression is not null;
    }

    /// <summary>This expression and everything inside it.</summary>
    public IEnumerable<Expression> SelfAndInner()
    {
        IEnumerable<Expression> inner = this switch
        {
            Call call => call.Arguments,
            Not not => [not.Operand],
            Binary binary => [binary.Left, binary.Right],
            _ => [],
        };
        return inner.SelectMany(e => e.SelfAndInner()).Prepend(this);
    }
}

/// <summary>One step of a name: a key, or the position in a list.</summary>
internal readonly record struct PathSegment(string Text, int Offset, int? Index = null);

/// <summary>What is wrong with an expression, and where in the parsed text.</summary>
internal sealed record ExpressionError(string Message, int Offset, int Length, string? Suggestion = null, string? Help = null);

internal enum BinaryOperator
{
    Or,
    And,
    Equal,
    NotEqual,
}
