using Cloister.Plans.Expressions;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>Parses the expressions in a plan's texts, and keeps them with their places until all names are known.</summary>
internal sealed class ExpressionReader(ProblemList problems)
{
    private readonly List<UsedExpression> _found = [];

    /// <summary>Everything found so far.</summary>
    public IReadOnlyList<UsedExpression> Found => _found;

    /// <summary>A text with <c>${{ }}</c> in it.</summary>
    public void Text(string text, SourceSpan span, ExpressionUse use) => Text(new TextPlace(problems, span, text), use);

    /// <summary>The same for a text from another file.</summary>
    public void Text(TextPlace place, ExpressionUse use)
    {
        if (!place.Text.Contains("${{", StringComparison.Ordinal))
            return;
        var errors = new List<ExpressionError>();
        var template = Template.Parse(place.Text, errors);
        foreach (var error in errors)
            Report(error, place, 0);
        _found.AddRange(template.Expressions.Select(e => new UsedExpression(e.Expression, use, place, 0)));
    }

    /// <summary>A value that is one expression, with or without <c>${{ }}</c> around it; gives its text without.</summary>
    public string? Whole(PlanNode node, string key, ExpressionUse use)
    {
        if (node is not PlanNode.Scalar { IsNothing: false } scalar)
        {
            if (node is not PlanNode.Refused)
                problems.Error("plan.type", $"\"{key}\" takes an expression, not {node.Kind}", node.Span);
            return null;
        }
        var place = new TextPlace(problems, scalar.Span, scalar.Text);
        var (text, shift) = Bare(scalar.Text);
        if (!Expression.TryParse(text, out var expression, out var error))
        {
            Report(error!, place, shift);
            return null;
        }
        _found.Add(new UsedExpression(expression!, use, place, shift));
        return text.Trim();
    }

    private static (string Text, int Shift) Bare(string text)
    {
        var start = text.Length - text.TrimStart().Length;
        var trimmed = text.Trim();
        return trimmed.StartsWith("${{", StringComparison.Ordinal) && trimmed.EndsWith("}}", StringComparison.Ordinal)
            ? (trimmed[3..^2], start + 3)
            : (trimmed, start);
    }

    private static void Report(ExpressionError error, TextPlace place, int shift) =>
        place.Problems.Error("plan.expression", error.Message, place.Of(error.Offset + shift, error.Length), error.Suggestion, error.Help);
}
