using Cloister.Plans;

namespace Cloister.Tests.Plans;

public sealed class PlanInputsTests
{
    private static readonly Plan Plan = PlanSamples.Good(
        """
        inputs:
          provider: { options: [github, google], default: github }
          count: { type: number }
          deep: { type: boolean, default: false }
          note: { required: false, description: What else }
        tasks: { a: { prompt: x } }
        """);

    [Fact]
    public void given_values_and_defaults_become_values_of_their_type() => Assert.Equal(
        ["provider=\"google\"", "count=-1.50", "deep=false"],
        PlanInputs.Bind(Plan, Given(("provider", "google"), ("count", "-1.50"))).Values!.Select(v => $"{v.Key}={v.Value.GetRawText()}"));

    [Fact]
    public void everything_wrong_with_what_was_given_is_said_at_once() => Assert.Equal(
        [
            "the plan has no input \"provder\" / did you mean \"provider\"? / inputs of this plan: provider, count, deep, note",
            "input \"provider\" is one of: github, google, not \"gogle\" / did you mean \"google\"? / ",
            "input \"count\" is required /  / it is a number in plain digits",
            "input \"deep\" is true or false, not \"yes\" /  / ",
        ],
        PlanInputs.Bind(Plan, Given(("provder", "x"), ("provider", "gogle"), ("deep", "yes"))).Problems.Select(p => $"{p.Message} / {p.Suggestion} / {p.Help}"));

    [Theory]
    [InlineData("NaN")]
    [InlineData("1e400")]
    [InlineData("٣")]
    [InlineData(" 1")]
    [InlineData("1\n")]
    [InlineData("012")]
    [InlineData("")]
    public void what_is_no_number_is_refused(string text) => Assert.Null(PlanInputs.Bind(Plan, Given(("count", text))).Values);

    [Theory]
    [InlineData("{ type: choice }", "plan.missing input \"p\" is a choice without options")]
    [InlineData("{ type: string, options: [a] }", "plan.type input \"p\" has options and is no choice")]
    [InlineData("{ options: [a, b], default: c }", "plan.type the default of input \"p\" is one of: a, b, not \"c\"")]
    [InlineData("{ type: number, default: \"5\" }", "plan.type the default of input \"p\" is a number in plain digits, not the text \"5\"")]
    [InlineData("{ type: boolean, default: no }", "plan.type the default of input \"p\" is true or false, not \"no\"")]
    [InlineData("github", "plan.type input \"p\" is a map, not \"github\"")]
    public void an_input_that_makes_no_sense_is_refused(string input, string problem) => Assert.Equal(
        [problem], PlanSamples.Load($"inputs: {{ p: {input} }}\ntasks: {{a: {{prompt: x}}}}").Problems.Select(p => $"{p.Code} {p.Message}"));

    private static Dictionary<string, string> Given(params (string Name, string Value)[] values) =>
        values.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);
}
