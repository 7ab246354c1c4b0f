using System.Text;
using Cloister.Claude.Conversations;
using Cloister.Claude.Outcomes;
using Cloister.Claude.Protocol;

namespace Cloister.Tests.Claude.Conversations;

public sealed class SubagentLogTests
{
    private const string Starts = """{"type":"assistant","message":{"id":"m1","content":[{"type":"tool_use","id":"call","name":"Agent","input":{}}]},"parent_tool_use_id":null}""";
    private const string Works = """{"type":"assistant","message":{"id":"MESSAGE","content":[{"type":"tool_use","id":"MESSAGE-call","name":"Bash","input":{}}]},"parent_tool_use_id":"call"}""";
    private const string Answers = """{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"call","content":"done"}]},"parent_tool_use_id":null,"tool_use_result":{"totalTokens":66}}""";
    private const string AnswersWithoutModel = """{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"call","content":"API Error: 400"}]},"parent_tool_use_id":null,"tool_use_result":{"totalTokens":0}}""";
    private const string Fails = """{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"call","is_error":true,"content":"terminated early"}]},"parent_tool_use_id":null}""";
    private const string OtherTool = """{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"other","is_error":true,"content":"x"}]},"parent_tool_use_id":null}""";

    [Fact]
    public void a_conversation_that_starts_none_has_none() => Assert.Equal(SubagentEnd.NotStarted, After(null, OtherTool));

    [Fact]
    public void one_that_answers_has_answered() => Assert.Equal(SubagentEnd.Answered, After(null, Starts, Work("a"), OtherTool, Answers));

    [Fact]
    public void one_that_says_nothing_has_failed() => Assert.Equal(SubagentEnd.Failed, After(null, Starts, Work("a")));

    [Theory]
    [InlineData(Fails)]
    [InlineData(AnswersWithoutModel)]
    public void an_error_of_the_service_is_no_answer(string end) => Assert.Equal(SubagentEnd.Failed, After(null, Starts, Work("a"), end));

    [Fact]
    public void the_last_one_counts()
    {
        var again = Starts.Replace("\"call\"", "\"again\"", StringComparison.Ordinal);
        Assert.Equal(SubagentEnd.Failed, After(null, Starts, Answers, again));
        Assert.Equal(SubagentEnd.Answered, After(null, Starts, Fails, again, Answers.Replace("\"call\"", "\"again\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void whoever_calls_a_tool_in_its_last_turn_was_cut_off()
    {
        Assert.Equal(SubagentEnd.OutOfTurns, After(2, Starts, Work("a"), Work("a"), Work("b"), Answers));
        Assert.Equal(SubagentEnd.Answered, After(2, Starts, Work("a"), Work("a"), Answers));
    }

    private static SubagentEnd After(int? mostTurns, params string[] lines)
    {
        var log = new SubagentLog(mostTurns);
        foreach (var line in lines)
            log.Observe(StreamParser.Parse(Encoding.UTF8.GetBytes(line)));
        return log.End;
    }

    private static string Work(string message) => Works.Replace("MESSAGE", message, StringComparison.Ordinal);
}
