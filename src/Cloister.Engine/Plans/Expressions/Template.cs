using System.Text;
using System.Text.Json;

namespace Cloister.Plans.Expressions;

/// <summary>
/// A text with <c>${{ }}</c> in it. What is filled in is data: it is never looked at again for further expressions.
/// The text <c>${{</c> itself is written <c>$${{</c>.
/// </summary>
internal sealed record Template(IReadOnlyList<Template.Part> Parts)
{
    internal abstract record Part
    {
        internal sealed record Plain(string Text) : Part;

        /// <summary><c>Source</c> is the expression as written, <c>Offset</c> where its <c>${{</c> starts.</summary>
        internal sealed record Filled(Expression Expression, string Source, int Offset) : Part;
    }

    private const string Opening = "{{";

    public IEnumerable<Part.Filled> Expressions => Parts.OfType<Part.Filled>();

    /// <summary>The template, or all that is wrong with it; offsets count from the start of the text.</summary>
    public static Template Parse(string text, ICollection<ExpressionError> errors)
    {
        var parts = new List<Part>();
        var plain = new StringBuilder();
        var at = 0;
        while (NextOpening(text, at) is var (dollars, open) && open >= 0)
        {
            plain.Append(text, at, dollars - at);
            if (open - dollars > 1)
            {
                plain.Append(text, dollars + 1, open + Opening.Length - dollars - 1);
                at = open + Opening.Length;
                continue;
            }
            if (plain.Length > 0)
                parts.Add(new Part.Plain(plain.ToString()));
            plain.Clear();
            at = ParseOne(text, dollars, parts, errors);
        }
        plain.Append(text, at, text.Length - at);
        if (plain.Length > 0)
            parts.Add(new Part.Plain(plain.ToString()));
        return new Template(parts);
    }

    /// <summary>The text that <see cref="Parse"/> gives back as it is: for prompts typed by a person, which are no templates.</summary>
    public static string Literal(string text)
    {
        var result = new StringBuilder(text.Length);
        var at = 0;
        while (NextOpening(text, at) is var (dollars, open) && open >= 0)
        {
            result.Append(text, at, dollars - at).Append('$').Append(text, dollars, open + Opening.Length - dollars);
            at = open + Opening.Length;
        }
        return result.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>The text with every expression filled in.</summary>
    /// <exception cref="CloisterException"><c>plan.value</c>: an expression has no value now.</exception>
    public string Render(ExpressionScope scope)
    {
        var result = new StringBuilder();
        foreach (var part in Parts)
        {
            result.Append(part switch
            {
                Part.Plain plain => plain.Text,
                Part.Filled filled => Value(filled, scope),
                _ => throw new System.Diagnostics.UnreachableException(),
            });
        }
        return result.ToString();
    }

    /// <summary>Parses and fills in a text that the loader accepted.</summary>
    /// <exception cref="CloisterException"><c>plan.value</c> or <c>plan.expression</c>.</exception>
    public static string Render(string text, ExpressionScope scope)
    {
        if (!text.Contains("${{", StringComparison.Ordinal))
            return text;
        var errors = new List<ExpressionError>();
        var template = Parse(text, errors);
        return errors.Count == 0
            ? template.Render(scope)
            : throw new CloisterException("plan.expression", $"a text of the plan cannot be filled in: {errors[0].Message}");
    }

    private static string Value(Part.Filled filled, ExpressionScope scope)
    {
        var value = filled.Expression.Evaluate(scope);
        return value.ValueKind != JsonValueKind.Undefined
            ? Evaluation.Text(value)
            : throw new CloisterException(
                "plan.value", $"${{{{ {filled.Source} }}}} has no value", $"say what to use instead: ${{{{ {filled.Source} || 'nothing' }}}}");
    }

    private static int ParseOne(string text, int from, List<Part> parts, ICollection<ExpressionError> errors)
    {
        var start = from + 1 + Opening.Length;
        var parser = new ExpressionParser(text, start, text.Length);
        var expression = parser.ParseWhole();
        var closing = expression is null
            ? text.IndexOf("}}", Math.Max(start, parser.Error!.Offset), StringComparison.Ordinal)
            : parser.End;
        if (closing < 0 || closing >= text.Length)
        {
            errors.Add(new ExpressionError("${{ is not closed with }}", from, 3, Help: "write $${{ for the text ${{ itself"));
            return text.Length;
        }
        if (expression is null)
            errors.Add(parser.Error!);
        else
            parts.Add(new Part.Filled(expression, text[start..closing].Trim(), from));
        return closing + 2;
    }

    // Where the dollars start and where they end in "{{"; open is -1 when there are none.
    private static (int Dollars, int Open) NextOpening(string text, int from)
    {
        var found = text.IndexOf("${{", from, StringComparison.Ordinal);
        if (found < 0)
            return (-1, -1);
        var dollars = found;
        while (dollars > from && text[dollars - 1] == '$')
            dollars--;
        return (dollars, found + 1);
    }
}
