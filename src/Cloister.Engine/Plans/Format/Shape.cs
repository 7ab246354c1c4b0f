using System.Text.Json.Nodes;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Format;

/// <summary>A value with the place it was written at.</summary>
internal readonly record struct Located<T>(T Value, SourceSpan Span);

/// <summary>What a key's value looks like: reads it, describes it to people, and describes it to editors.</summary>
internal abstract class Shape<T>
{
    /// <summary>For the table in the documentation: <c>duration</c>, <c>list of paths</c>.</summary>
    public abstract string Words { get; }

    /// <summary>JSON Schema, draft 7.</summary>
    public abstract JsonObject Schema();

    /// <summary>Reads the value, or leaves its complaint in the problems.</summary>
    public abstract bool TryRead(PlanNode node, string key, ProblemList problems, out T value);

    /// <summary>Says that the value has the wrong type; silent about what was refused before.</summary>
    protected static bool WrongType(
        PlanNode node, string key, string wanted, ProblemList problems, string? suggestion = null, string? help = null)
    {
        if (node is PlanNode.Refused)
            return false;
        if (node is PlanNode.Scalar { IsNothing: true })
            problems.Error(
                "plan.type", $"\"{key}\" has no value; it takes {wanted}", node.Span,
                help: help ?? "leave the line out if nothing is meant");
        else
            problems.Error("plan.type", $"\"{key}\" takes {wanted}, not {node.Kind}", node.Span, suggestion, help);
        return false;
    }

    protected static bool OutOfRange(PlanNode node, string key, string range, ProblemList problems)
    {
        problems.Error("plan.range", $"\"{key}\" is {range}, not {node.Kind}", node.Span);
        return false;
    }
}

/// <summary>One key of a section: its name, what it takes, what it means, and what holds without it.</summary>
internal abstract record PlanKey(string Name, string Meaning, string Default)
{
    public abstract string TypeWords { get; }

    public abstract JsonObject Schema();
}

/// <inheritdoc cref="PlanKey"/>
internal sealed record PlanKey<T>(string Name, Shape<T> Shape, string Meaning, string Default = "–") : PlanKey(Name, Meaning, Default)
{
    public override string TypeWords => Shape.Words;

    public override JsonObject Schema()
    {
        var schema = Shape.Schema();
        schema["description"] = Meaning;
        return schema;
    }
}

/// <summary>A word that plans of other tools or of later versions use; said plainly instead of ignored.</summary>
internal sealed record LaterKey(string Name, string Instead);

/// <summary>All keys of one section.</summary>
internal sealed record KeyTable(string Section, IReadOnlyList<PlanKey> Keys, IReadOnlyList<LaterKey> Later, IReadOnlyList<string> Required)
{
    private readonly Dictionary<string, PlanKey> _byName = Keys.ToDictionary(k => k.Name, StringComparer.Ordinal);
    private readonly Dictionary<string, LaterKey> _later = Later.ToDictionary(k => k.Name, StringComparer.Ordinal);

    public PlanKey? Find(string name) => _byName.GetValueOrDefault(name);

    public LaterKey? FindLater(string name) => _later.GetValueOrDefault(name);
}
