using System.Text.Json;
using Cloister.Plans.Format;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>Reads the plan's inputs; a default is typed by its input, never by its look.</summary>
internal static class InputReader
{
    public static IReadOnlyList<PlanInput> Read(PlanNode.Map map, ProblemList problems)
    {
        var inputs = new List<PlanInput>();
        foreach (var (key, value) in map.Entries)
        {
            var owner = $"input \"{TaskText.Line(key.Text)}\"";
            if (!PlanNames.IsVariable(key.Text))
                problems.Error(
                    "plan.name", $"\"{TaskText.Line(key.Text)}\" is no name for an input", key.Span, help: PlanNames.Variable.Rule);
            if (value is PlanNode.Map entry)
                inputs.Add(Input(key.Text, new SectionReader(entry, PlanKeys.Input, problems, owner), value.Span, problems));
            else if (value is not PlanNode.Refused)
                problems.Error(
                    "plan.type", $"{owner} is a map, not {value.Kind}", value.Span, help: $"{TaskText.Line(key.Text)}: {{ type: string }}");
        }
        return inputs;
    }

    private static PlanInput Input(string name, SectionReader section, SourceSpan span, ProblemList problems)
    {
        var options = section.Texts(PlanKeys.InputOptions, []);
        var type = section.Get(PlanKeys.InputKind, options.Count > 0 ? InputType.Choice : InputType.String);
        if (type == InputType.Choice && options.Count == 0)
            problems.Error("plan.missing", $"input \"{name}\" is a choice without options", new SourceSpan(span.Offset, 1));
        if (type != InputType.Choice && options.Count > 0)
            problems.Error(
                "plan.type", $"input \"{name}\" has options and is no choice", section.ValueSpan(PlanKeys.InputOptions)!.Value,
                help: "say type: choice");
        var value = Default(name, type, options, section, problems);
        return new PlanInput(
            name, type, section.Text(PlanKeys.InputDescription), value, section.Get(PlanKeys.InputRequired, value is null), options);
    }

    private static JsonElement? Default(
        string name, InputType type, IReadOnlyList<string> options, SectionReader section, ProblemList problems)
    {
        if (!section.TryGet(PlanKeys.InputDefault, out var node))
            return null;
        var input = new PlanInput(name, type, null, null, Required: false, options);
        var isText = type is InputType.String or InputType.Choice;
        var fits = node is PlanNode.Scalar { IsNothing: false } scalar && scalar.Form != (isText ? ScalarForm.JsonValue : ScalarForm.Text);
        if (fits && PlanInputs.Value(input, ((PlanNode.Scalar)node).Text) is { } value)
            return value;
        problems.Error(
            "plan.type", $"the default of input \"{name}\" is {PlanInputs.Wanted(input)}, not {node.Kind}", node.Span,
            DidYouMean.Phrase((node as PlanNode.Scalar)?.Text ?? "", options));
        return null;
    }
}
