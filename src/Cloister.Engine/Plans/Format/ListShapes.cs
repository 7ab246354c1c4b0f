using System.Globalization;
using System.Text.Json.Nodes;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Format;

/// <summary>One value or a list of them.</summary>
internal sealed class ListShape(string words, Shape<Located<string>> item) : Shape<IReadOnlyList<Located<string>>>
{
    public override string Words => words;

    public override JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(
            item.Schema(), new JsonObject { ["type"] = "array", ["items"] = item.Schema(), ["maxItems"] = PlanLimits.ListItems }),
    };

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out IReadOnlyList<Located<string>> value)
    {
        value = [];
        if (node is PlanNode.Map)
            return WrongType(node, key, "one value or a list", problems);
        if (node is not PlanNode.List list)
        {
            if (!item.TryRead(node, key, problems, out var single))
                return false;
            value = [single];
            return true;
        }
        if (list.Items.Count > PlanLimits.ListItems)
        {
            problems.Error(
                "plan.range", string.Create(CultureInfo.InvariantCulture, $"\"{key}\" has more than {PlanLimits.ListItems} entries"),
                node.Span);
            return false;
        }
        var read = new List<Located<string>>(list.Items.Count);
        foreach (var entry in list.Items)
        {
            if (item.TryRead(entry, key, problems, out var one))
                read.Add(one);
        }
        value = read;
        return read.Count == list.Items.Count;
    }
}

/// <summary>A path or glob inside the project; may hold <c>${{ }}</c>, and is looked at again once that is filled in.</summary>
internal sealed class PathShape : Shape<Located<string>>
{
    private static readonly TextShape Text = new(PlanLimits.LineLength, oneLine: true);

    public override string Words => "path or glob in the project";

    public override JsonObject Schema() => Text.Schema();

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out Located<string> value)
    {
        if (!Text.TryRead(node, key, problems, out value))
            return false;
        if (value.Value.Contains("${{", StringComparison.Ordinal) || PlanPaths.Complaint(value.Value) is not { } complaint)
            return true;
        problems.Error(
            "plan.path", $"{node.Kind} is no path in the project: {complaint}", node.Span,
            help: "use paths relative to the project, like src/Auth/**");
        return false;
    }
}

/// <summary>A folder of the project, as it is called there.</summary>
internal sealed class FolderShape : Shape<Located<string>>
{
    private static readonly TextShape Text = new(PlanLimits.LineLength, oneLine: true);

    public override string Words => "folder in the project";

    public override JsonObject Schema() => Text.Schema();

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out Located<string> value)
    {
        if (!Text.TryRead(node, key, problems, out value))
            return false;
        var complaint = value.Value.AsSpan().IndexOfAny("*?[{$") >= 0 ? "it is a pattern" : PlanPaths.Complaint(value.Value);
        if (complaint is null)
            return true;
        problems.Error("plan.path", $"{node.Kind} is no folder in the project: {complaint}", node.Span, help: "name one, like src/web");
        return false;
    }
}

/// <summary>A command of the plan's author. Nothing is filled into it: that would let an agent's words become commands.</summary>
internal sealed class CommandShape : Shape<Located<string>>
{
    private static readonly TextShape Text = new(PlanLimits.LineLength, oneLine: false);

    public override string Words => "command";

    public override JsonObject Schema() => Text.Schema();

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out Located<string> value)
    {
        if (!Text.TryRead(node, key, problems, out value))
            return false;
        value = value with { Value = value.Value.TrimEnd('\n') };
        var (message, help) = value.Value switch
        {
            var text when text.Contains("${{", StringComparison.Ordinal) =>
                (
                    $"\"{key}\" takes commands as they are, without ${{{{ }}}}",
                    "what a run or an agent says never becomes part of a command"),
            var text when text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) =>
                ($"\"{key}\" has a control character in a command", null),
            _ => ((string?)null, (string?)null),
        };
        if (message is null)
            return true;
        problems.Error("plan.expression", message, node.Span, help: help);
        return false;
    }
}

/// <summary>A map that has a reader of its own.</summary>
internal sealed class MapShape(string words, Func<JsonObject> schema) : Shape<PlanNode.Map>
{
    public override string Words => words;

    public override JsonObject Schema() => schema();

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out PlanNode.Map value)
    {
        value = (node as PlanNode.Map)!;
        return node is PlanNode.Map || WrongType(node, key, $"a {words}", problems);
    }
}

/// <summary>Anything; the section that knows its type reads it.</summary>
internal sealed class RawShape(string words, Func<JsonObject> schema) : Shape<PlanNode>
{
    public override string Words => words;

    public override JsonObject Schema() => schema();

    public override bool TryRead(PlanNode node, string key, ProblemList problems, out PlanNode value)
    {
        value = node;
        return node is not PlanNode.Refused;
    }
}
