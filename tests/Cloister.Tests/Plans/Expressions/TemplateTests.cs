using System.Text.Json;
using Cloister.Plans.Expressions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Plans.Expressions;

public sealed class TemplateTests
{
    private static readonly ExpressionScope Scope = ExpressionScope.Empty with
    {
        Inputs = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["a"] = JsonElement.Parse("\"${{ inputs.b }}\""),
            ["b"] = JsonElement.Parse("[1,\"ä<\"]"),
            ["no"] = JsonElement.Parse("null"),
        },
    };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("${{ inputs.b }}!", "[1,\"ä<\"]!")]
    [InlineData("x${{inputs.no}}y", "xy")]
    [InlineData("$${{ x }}", "${{ x }}")]
    [InlineData("$$${{ x }}", "$${{ x }}")]
    [InlineData("$5 {{x}} }}", "$5 {{x}} }}")]
    [InlineData("${{ '}}' }}", "}}")]
    public void expressions_are_filled_in_and_the_rest_stays_as_it_is(string template, string expected) =>
        Assert.Equal(expected, Template.Render(template, Scope));

    [Fact]
    public void what_is_filled_in_is_not_looked_at_again() =>
        Assert.Equal("<${{ inputs.b }}>", Template.Render("<${{ inputs.a }}>", Scope));

    [Fact]
    public void a_name_without_value_stops_the_task_and_says_which()
    {
        var problem = Assert.Throws<CloisterException>(() => Template.Render("${{ tasks.x.result.y }}", Scope));
        Assert.Equal(("plan.value", "${{ tasks.x.result.y }} has no value"), (problem.Code, problem.Message));
    }

    [Fact]
    public void all_errors_of_a_text_are_found_at_once()
    {
        var errors = new List<ExpressionError>();
        Template.Parse("${{ a b }} and ${{ }} and ${{ c", errors);
        Assert.Equal([6, 19, 26], errors.Select(e => e.Offset));
    }

    [Fact]
    public void any_text_survives_as_literal()
    {
        var pieces = Gen.Elements("$", "{", "}", "${{", "}}", " ", "x", "$$").ArrayOf().Select(string.Concat);
        Prop.ForAll(pieces.ToArbitrary(), text => Template.Render(Template.Literal(text), ExpressionScope.Empty) == text)
            .QuickCheckThrowOnFailure();
    }
}
