using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cloister.Plans;

/// <summary>Gives a plan's inputs their values when a run starts.</summary>
public static partial class PlanInputs
{
    /// <summary>The values of all inputs, or everything that is wrong with what was given.</summary>
    /// <param name="plan">The plan that asks.</param>
    /// <param name="provided">What was given, as written on the command line or in a call.</param>
    public static BoundInputs Bind(Plan plan, IReadOnlyDictionary<string, string> provided)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var problems = new List<PlanProblem>();
        var names = plan.Inputs.Select(i => i.Name).ToArray();
        foreach (var name in provided.Keys.Where(n => !names.Contains(n, StringComparer.Ordinal)).Order(StringComparer.Ordinal))
        {
            var help = names.Length == 0 ? "this plan has no inputs" : $"inputs of this plan: {string.Join(", ", names)}";
            problems.Add(Problem($"the plan has no input \"{TaskText.Line(name)}\"", DidYouMean.Phrase(name, names), help));
        }
        foreach (var input in plan.Inputs)
        {
            if (!provided.TryGetValue(input.Name, out var text))
            {
                if (input.Default is { } value)
                    values[input.Name] = value;
                else if (input.Required)
                    problems.Add(Problem($"input \"{input.Name}\" is required", null, input.Description ?? $"it is {Wanted(input)}"));
            }
            else if (Value(input, text) is { } value)
                values[input.Name] = value;
            else
                problems.Add(
                    Problem($"input \"{input.Name}\" is {Wanted(input)}, not \"{TaskText.Line(text)}\"", DidYouMean.Phrase(text, input.Options), null));
        }
        return new BoundInputs(problems.Count == 0 ? values : null, problems);
    }

    /// <summary>The text as a value of the input's type, or null when it is none.</summary>
    internal static JsonElement? Value(PlanInput input, string text) => input.Type switch
    {
        InputType.String => JsonSerializer.SerializeToElement(text),
        InputType.Number => Number().IsMatch(text) ? JsonElement.Parse(text) : null,
        InputType.Boolean => text is "true" or "false" ? JsonElement.Parse(text) : null,
        InputType.Choice => input.Options.Contains(text, StringComparer.Ordinal) ? JsonSerializer.SerializeToElement(text) : null,
    };

    /// <summary>What the input takes, in words.</summary>
    internal static string Wanted(PlanInput input) => input.Type switch
    {
        InputType.String => "a text",
        InputType.Number => "a number in plain digits",
        InputType.Boolean => "true or false",
        InputType.Choice => string.Create(CultureInfo.InvariantCulture, $"one of: {string.Join(", ", input.Options)}"),
    };

    private static PlanProblem Problem(string message, string? suggestion, string? help) =>
        new(ProblemSeverity.Error, "plan.input", message, null, 0, 0, 0, suggestion, help, null);

    // Fifteen digits arrive everywhere as they are.
    [GeneratedRegex(@"\A-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?\z", RegexOptions.ExplicitCapture, PlanLimits.PatternMilliseconds)]
    private static partial Regex Number();
}

/// <summary>What came of binding inputs.</summary>
/// <param name="Values">A value for every input that has one, or null when something is wrong.</param>
/// <param name="Problems">What is wrong; empty otherwise.</param>
public sealed record BoundInputs(IReadOnlyDictionary<string, JsonElement>? Values, IReadOnlyList<PlanProblem> Problems);
