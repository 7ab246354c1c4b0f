using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cloister.Runs;

namespace Cloister.Plans.Expressions;

/// <summary>
/// Gives an expression its value. Pure, and never throws on data: what does not exist is <see cref="JsonValueKind.Undefined"/>,
/// which counts as null in a comparison and as false in a condition.
/// </summary>
internal static class Evaluation
{
    private static readonly JsonElement True = JsonSerializer.SerializeToElement(true);
    private static readonly JsonElement False = JsonSerializer.SerializeToElement(false);

    // The text goes into prompts and titles, not into a web page: nothing needs \u escapes.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonElement Evaluate(this Expression expression, ExpressionScope scope) => expression switch
    {
        Expression.Literal literal => literal.Value,
        Expression.Name name => Resolve(name.Path, scope),
        Expression.Not not => Flag(!IsTrue(not.Operand.Evaluate(scope))),
        Expression.Binary binary => Combine(binary, scope),
        Expression.Call call => Call(call.Function, [.. call.Arguments.Select(a => a.Evaluate(scope))], scope),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>False are: nothing, null, false, 0 and the empty text; everything else is true.</summary>
    public static bool IsTrue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Number => !double.TryParse(value.GetRawText(), CultureInfo.InvariantCulture, out var number) || number != 0,
        JsonValueKind.True or JsonValueKind.Object or JsonValueKind.Array => true,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The value as it stands in a prompt: texts as they are, lists and objects as JSON, null as nothing.</summary>
    public static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        _ => JsonSerializer.Serialize(value, Plain),
    };

    private static JsonElement Combine(Expression.Binary binary, ExpressionScope scope)
    {
        var left = binary.Left.Evaluate(scope);
        return binary.Operator switch
        {
            BinaryOperator.Or => IsTrue(left) ? left : binary.Right.Evaluate(scope),
            BinaryOperator.And => IsTrue(left) ? binary.Right.Evaluate(scope) : left,
            BinaryOperator.Equal => Flag(AreEqual(left, binary.Right.Evaluate(scope))),
            BinaryOperator.NotEqual => Flag(!AreEqual(left, binary.Right.Evaluate(scope))),
        };
    }

    private static JsonElement Resolve(IReadOnlyList<PathSegment> path, ExpressionScope scope) => path[0].Text switch
    {
        "goal" => Follow(TextOrNull(scope.Goal), path, 1),
        "run" => path.Count > 1 && path[1].Text is "id" ? Follow(TextOrNull(scope.RunId), path, 2) : default,
        "inputs" => Entry(scope.Inputs, path),
        "matrix" => Entry(scope.Matrix, path),
        "tasks" => path.Count > 2 && scope.Tasks.TryGetValue(path[1].Text, out var facts) ? Follow(Fact(facts, path[2].Text), path, 3) : default,
        _ => default,
    };

    private static JsonElement Entry(IReadOnlyDictionary<string, JsonElement> values, IReadOnlyList<PathSegment> path) =>
        path.Count > 1 && values.TryGetValue(path[1].Text, out var value) ? Follow(value, path, 2) : default;

    private static JsonElement Fact(TaskFacts facts, string field) => field switch
    {
        "result" => facts.Result ?? default,
        "summary" => TextOrNull(facts.Summary),
        "state" => JsonSerializer.SerializeToElement<TaskState>(facts.State),
        _ => default,
    };

    private static JsonElement Follow(JsonElement value, IReadOnlyList<PathSegment> path, int from)
    {
        for (var i = from; i < path.Count; i++)
        {
            var segment = path[i];
            if (value.ValueKind == JsonValueKind.Array && segment.Index is { } index && index < value.GetArrayLength())
                value = value[index];
            else if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(segment.Text, out var inner))
                value = inner;
            else
                return default;
        }
        return value;
    }

    private static bool AreEqual(JsonElement a, JsonElement b)
    {
        if (IsNothing(a) || IsNothing(b))
            return IsNothing(a) && IsNothing(b);
        if (a.ValueKind == b.ValueKind)
            return JsonElement.DeepEquals(a, b);
        // Matrix values and words from a plan are texts as written; 8 and '8' are meant to be the same.
        return IsTextAndPlainValue(a, b) ? a.ValueEquals(Text(b)) : IsTextAndPlainValue(b, a) && b.ValueEquals(Text(a));
    }

    private static bool IsTextAndPlainValue(JsonElement text, JsonElement value) =>
        text.ValueKind == JsonValueKind.String && value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;

    private static JsonElement Call(ExpressionFunction function, JsonElement[] given, ExpressionScope scope) => function switch
    {
        ExpressionFunction.Always => True,
        ExpressionFunction.Success => Flag(scope.Succeeded),
        ExpressionFunction.Failure => Flag(scope.Failed),
        ExpressionFunction.Contains => Flag(Contains(given[0], given[1])),
        ExpressionFunction.StartsWith => Flag(Text(given[0]).StartsWith(Text(given[1]), StringComparison.Ordinal)),
        ExpressionFunction.EndsWith => Flag(Text(given[0]).EndsWith(Text(given[1]), StringComparison.Ordinal)),
        ExpressionFunction.Join => Joined(given[0], Text(given[1])),
        ExpressionFunction.Length => Length(given[0]),
        ExpressionFunction.FromJson => Parsed(given[0]),
    };

    private static bool Contains(JsonElement whole, JsonElement part) => whole.ValueKind == JsonValueKind.Array
        ? whole.EnumerateArray().Any(item => AreEqual(item, part))
        : !IsNothing(whole) && Text(whole).Contains(Text(part), StringComparison.Ordinal);

    private static JsonElement Joined(JsonElement list, string between) => list.ValueKind == JsonValueKind.Array
        ? JsonSerializer.SerializeToElement(string.Join(between, list.EnumerateArray().Select(Text)))
        : default;

    private static JsonElement Length(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => JsonSerializer.SerializeToElement(value.GetArrayLength()),
        JsonValueKind.String => JsonSerializer.SerializeToElement(value.GetString()!.Length),
        _ => default,
    };

    private static JsonElement Parsed(JsonElement text)
    {
        try
        {
            return text.ValueKind == JsonValueKind.String ? JsonElement.Parse(text.GetString()!) : default;
        }
        catch (JsonException)
        {
            // Data that is not JSON has no value; who needs one says so with the expression's name.
            return default;
        }
    }

    private static bool IsNothing(JsonElement value) => value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    private static JsonElement TextOrNull(string? text) => text is null ? default : JsonSerializer.SerializeToElement(text);

    private static JsonElement Flag(bool value) => value ? True : False;
}
