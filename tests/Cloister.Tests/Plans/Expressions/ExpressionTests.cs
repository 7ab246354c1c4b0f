using System.Text.Json;
using Cloister.Plans.Expressions;
using Cloister.Runs;

namespace Cloister.Tests.Plans.Expressions;

public sealed class ExpressionTests
{
    private static readonly ExpressionScope Scope = new(
        "r7",
        "Sign in",
        Values("""{"provider":"github","count":3,"on":true,"list":"[\"a\",\"b\"]","empty":""}"""),
        Values("""{"file":"src/A.cs","version":"8.0","item":{"path":"x"}}"""),
        new Dictionary<string, TaskFacts>(StringComparer.Ordinal)
        {
            ["callers"] = new(TaskState.Done, "Found two", JsonElement.Parse("""{"files":["a.cs","b.cs"],"n":0}""")),
            ["api.v2"] = new(TaskState.Failed, null, null),
        });

    [Theory]
    [InlineData("inputs.provider", "\"github\"")]
    [InlineData("inputs.provider == 'github' && inputs.on", "true")]
    [InlineData("inputs.provider != 'github' || false", "false")]
    [InlineData("!inputs.on", "false")]
    [InlineData("!(inputs.on && inputs.count == 3)", "false")]
    [InlineData("inputs.missing || 'else'", "\"else\"")]
    [InlineData("'it''s' == 'it' || length('it''s')", "4")]
    [InlineData("matrix.version == 8.0", "true")]
    [InlineData("matrix.version == 8", "false")]
    [InlineData("inputs.on == 'true'", "true")]
    [InlineData("1 == 1.0", "true")]
    [InlineData("null == inputs.missing", "true")]
    [InlineData("inputs.empty == null", "false")]
    [InlineData("matrix.item.path", "\"x\"")]
    [InlineData("tasks.callers.result.files[1]", "\"b.cs\"")]
    [InlineData("tasks.callers.result['n']", "0")]
    [InlineData("tasks.callers.state == 'done'", "true")]
    [InlineData("tasks['api.v2'].state", "\"failed\"")]
    [InlineData("contains(tasks.callers.result.files, 'a.cs')", "true")]
    [InlineData("contains('abc', 'd')", "false")]
    [InlineData("startsWith(matrix.file, 'src/') && endsWith(matrix.file, '.cs')", "true")]
    [InlineData("join(tasks.callers.result.files, ', ')", "\"a.cs, b.cs\"")]
    [InlineData("length(tasks.callers.result.files) == 2", "true")]
    [InlineData("contains(fromJSON(inputs.list), 'b')", "true")]
    [InlineData("run.id == 'r7' && goal == 'Sign in'", "true")]
    [InlineData("false || true && false", "false")]
    public void an_expression_has_the_value_its_words_say(string text, string expected) =>
        Assert.Equal(expected, Parsed(text).Evaluate(Scope).GetRawText());

    [Theory]
    [InlineData("tasks.nobody.result")]
    [InlineData("tasks.callers.result.files[7]")]
    [InlineData("inputs.provider.more")]
    [InlineData("fromJSON('{')")]
    [InlineData("fromJSON(inputs.count)")]
    [InlineData("join('text', ',')")]
    public void what_does_not_exist_has_no_value_and_is_false(string text)
    {
        var value = Parsed(text).Evaluate(Scope);
        Assert.Equal(JsonValueKind.Undefined, value.ValueKind);
        Assert.False(Evaluation.IsTrue(value));
    }

    [Theory]
    [InlineData("", "there is no expression here", 0)]
    [InlineData("a ==", "the expression ends too early", 4)]
    [InlineData("a = b", "two values are compared with ==", 2)]
    [InlineData("a & b", "both conditions are joined with &&", 2)]
    [InlineData("a b", "an operator such as == or && is missing here", 2)]
    [InlineData("(a", "a closing parenthesis is missing", 2)]
    [InlineData("\"a\"", "texts are written in single quotes: 'like this'", 0)]
    [InlineData("'a", "a text is not closed; it ends with '", 0)]
    [InlineData("1e400", "this is not a number; write it like 12 or -0.5", 0)]
    [InlineData("012", "this is not a number; write it like 12 or -0.5", 0)]
    [InlineData("contain(a, b)", "there is no function contain()", 0)]
    [InlineData("contains(a)", "contains() takes 2 arguments, not 1", 0)]
    [InlineData("a.", "a name is expected after the dot", 2)]
    [InlineData("a[x]", "a position from 0 or a name in single quotes is expected in the brackets", 2)]
    [InlineData("a > b", "expressions have no operator >", 2)]
    public void a_broken_expression_says_what_and_where(string text, string message, int offset)
    {
        Assert.False(Expression.TryParse(text, out _, out var error));
        Assert.Equal((message, offset), (error!.Message, error.Offset));
    }

    [Fact]
    public void depth_and_length_are_bounded()
    {
        Assert.False(Expression.TryParse(new string('(', 100_000), out _, out var deep));
        Assert.Equal("the expression is nested deeper than 32", deep!.Message);
        Assert.False(Expression.TryParse(new string('!', 100_000) + "a", out _, out _));
        Assert.False(Expression.TryParse("a" + string.Concat(Enumerable.Repeat("||a", 100_000)), out _, out _));
        Assert.False(Expression.TryParse("'" + new string('x', 5_000) + "'", out _, out var tooLong));
        Assert.Equal("the expression is longer than 4096 characters", tooLong!.Message);
    }

    [Theory]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData("inputs.on", true, true)]
    [InlineData("inputs.on", false, false)]
    [InlineData("always()", false, true)]
    [InlineData("failure()", true, false)]
    [InlineData("failure() && inputs.on", false, true)]
    [InlineData("success()", false, false)]
    public void a_condition_wants_success_unless_it_asks_for_the_outcome_itself(string? condition, bool succeeded, bool holds) =>
        Assert.Equal(holds, Condition.Holds(condition, Scope with { Succeeded = succeeded, Failed = !succeeded }));

    [Fact]
    public void copies_of_a_matrix_are_joined_in_their_order()
    {
        var joined = TaskFacts.Joined(
        [
            new(TaskState.Merged, "one", JsonElement.Parse("1")), new(TaskState.Failed, null, null), new(TaskState.Done, "three", JsonElement.Parse("3")),
        ]);
        Assert.Equal((TaskState.Failed, "one\n\nthree", "[1,null,3]"), (joined.State, joined.Summary, joined.Result!.Value.GetRawText()));
    }

    private static Expression Parsed(string text)
    {
        Assert.True(Expression.TryParse(text, out var expression, out var error), error?.Message);
        return expression!;
    }

    private static Dictionary<string, JsonElement> Values(string json) =>
        JsonElement.Parse(json).EnumerateObject().ToDictionary(p => p.Name, p => p.Value.Clone(), StringComparer.Ordinal);
}
