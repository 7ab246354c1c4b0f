using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Format;

/// <summary>Any text. What YAML would take for a number, a date or a flag stays the text that was written.</summary>
internal sealed class TextShape(int maxBytes, bool oneLine) : Shape<Located<string>>
{
    public override string Words => oneLine ? "text of one line" : "text";

    public override JsonObject Schema() => new() { ["type"] = "string", ["minLength"] = 1 };

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out Located<string> value)
    {
        value = default;
        if (node is not PlanNode.Scalar { Form: not ScalarForm.JsonValue, IsNothing: false } scalar)
            return WrongType(
                node, key, "a text", problems,
                help: node is PlanNode.Map ? "a text with \": \" in it stands in quotes, or below a |" : null);
        value = new Located<string>(scalar.Text, scalar.Span);
        if (string.IsNullOrWhiteSpace(scalar.Text))
            return Fail(problems, "plan.type", $"\"{key}\" is empty", node);
        if (Encoding.UTF8.GetByteCount(scalar.Text) > maxBytes)
            return Fail(
                problems, "plan.range", string.Create(CultureInfo.InvariantCulture, $"\"{key}\" is longer than {maxBytes} bytes"), node);
        // A block scalar ends with a line break nobody meant.
        var text = oneLine ? scalar.Text.TrimEnd('\n') : scalar.Text;
        value = new Located<string>(text, scalar.Span);
        return !oneLine || !text.Any(char.IsControl) || Fail(
            problems, "plan.type", $"\"{key}\" takes one line without control characters", node);
    }

    private static bool Fail(ProblemList problems, string code, string message, PlanNode node)
    {
        problems.Error(code, message, node.Span);
        return false;
    }
}

/// <summary>A name that goes into paths, branches or argument lists: only what is harmless in all of them.</summary>
internal sealed class NameShape(string what, string pattern, Func<string, bool> isName, string rule) : Shape<Located<string>>
{
    public override string Words => $"name of {what}";

    /// <summary>What such a name looks like, in words.</summary>
    public string Rule => rule;

    public bool IsName(string text) => isName(text);

    public override JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = pattern };

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out Located<string> value)
    {
        value = new Located<string>((node as PlanNode.Scalar)?.Text ?? "", node.Span);
        if (node is not PlanNode.Scalar { Form: not ScalarForm.JsonValue, IsNothing: false })
            return WrongType(node, key, $"the name of {what}", problems);
        if (IsName(value.Value))
            return true;
        problems.Error("plan.name", $"\"{key}\" takes the name of {what}, and {node.Kind} is none", node.Span, help: rule);
        return false;
    }
}

/// <summary>One of a few words; words of later versions are known and refused by name.</summary>
internal sealed class WordShape<T>(IReadOnlyList<(string Word, T Value)> words, params string[] later) : Shape<T>
{
    /// <summary>A word that belongs to another key, and what to write there.</summary>
    public (string Word, string Instead)? Elsewhere { get; init; }

    public override string Words => string.Join(" or ", words.Select(w => $"`{w.Word}`"));

    public override JsonObject Schema() => new() { ["enum"] = new JsonArray([.. words.Select(w => JsonValue.Create(w.Word))]) };

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out T value)
    {
        value = default!;
        var list = string.Join(", ", words.Select(w => w.Word));
        if (node is not PlanNode.Scalar { Form: not ScalarForm.JsonValue, IsNothing: false } scalar)
            return WrongType(node, key, $"one of: {list}", problems);
        foreach (var (word, known) in words)
        {
            if (!string.Equals(word, scalar.Text, StringComparison.Ordinal))
                continue;
            value = known;
            return true;
        }
        if (later.Contains(scalar.Text, StringComparer.Ordinal))
        {
            problems.Error("plan.not_supported", $"not yet supported: {key}: {scalar.Text}", node.Span, help: $"supported now: {list}");
            return false;
        }
        if (Elsewhere is { } elsewhere && string.Equals(elsewhere.Word, scalar.Text, StringComparison.Ordinal))
            return WrongType(node, key, $"one of: {list}", problems, help: elsewhere.Instead);
        return WrongType(node, key, $"one of: {list}", problems, DidYouMean.Phrase(scalar.Text, words.Select(w => w.Word)));
    }
}

/// <summary>true or false, and no other word for it.</summary>
internal sealed class FlagShape : Shape<bool>
{
    public override string Words => "`true` or `false`";

    public override JsonObject Schema() => new() { ["type"] = "boolean" };

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out bool value)
    {
        value = node is PlanNode.Scalar { Text: "true" };
        return node is PlanNode.Scalar { Form: not ScalarForm.Text, Text: "true" or "false" } || WrongType(node, key, "true or false", problems);
    }
}
