using Cloister.Rehearsal;
using Cloister.Rehearsal.Answering;

namespace Cloister.Tests.Rehearsal;

public sealed class ResultReferenceTests
{
    private const string Board = """{"task":"r7/api","n":3,"ok":true,"needs_you":[{"q":"q1"},{"q":"q2","text":"which one?"}]}""";

    [Theory]
    [InlineData("task", "r7/api")]
    [InlineData("n", "3")]
    [InlineData("ok", "true")]
    [InlineData("needs_you[0].q", "q1")]
    [InlineData("needs_you[-1].text", "which one?")]
    [InlineData("needs_you[0]", """{"q":"q1"}""")]
    [InlineData("Bash:task", "r7/api")]
    [InlineData("mcp__cloister__spawn_agent:task", "r7/web")]
    [InlineData("mcp__cloister__spawn_agent#1:task", "r7/db")]
    public void a_value_of_an_earlier_answer_goes_into_a_later_call(string reference, string value)
    {
        var ask = new Ask().User("go")
            .Called("""{"task":"r7/db"}""", tool: "mcp__cloister__spawn_agent")
            .Called("""{"task":"r7/web"}""", tool: "mcp__cloister__spawn_agent")
            .Called(Board);
        var answer = Answer($"${{toolResult:{reference}}}", ask);
        Assert.Equal(value, Assert.IsType<RenderedBlock.Text>(Assert.Single(answer.Message!.Blocks)).Value);
    }

    [Fact]
    public void a_list_is_walked_from_its_own_beginning() =>
        Assert.Equal("b", Assert.IsType<RenderedBlock.Text>(Answer("${toolResult:[1]}", new Ask().User("go").Called("""["a","b"]""")).Message!.Blocks[0]).Value);

    [Theory]
    [InlineData("needs_you[7].q", Board, "rule rule 1: ${toolResult:needs_you[7].q}: there is no such value in: " + Board)]
    [InlineData("task", "no such tool", "rule rule 1: ${toolResult:task}: this is not JSON: no such tool")]
    [InlineData("Read:task", Board, "rule rule 1: ${toolResult:Read:task}: Read has answered 0 times, not 1")]
    [InlineData("Bash#2:task", Board, "rule rule 1: ${toolResult:Bash#2:task}: Bash has answered 1 times, not 2")]
    public void a_value_that_is_not_there_is_an_error_that_says_so(string reference, string result, string message)
    {
        var answer = Answer($"${{toolResult:{reference}}}", new Ask().User("go").Called(result));
        Assert.Equal((400, message), (answer.Error?.Status, answer.ErrorMessage));
    }

    private static ScriptedAnswer Answer(string text, Ask ask) =>
        new ScriptedModel(Scenario.Parse($"rules:\n  - answer: '{text}'", "s")).Answer(ask.Request());
}
