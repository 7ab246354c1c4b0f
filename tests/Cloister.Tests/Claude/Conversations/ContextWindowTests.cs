using System.Text.Json;
using Cloister.Accounting;
using Cloister.Agents;
using Cloister.Claude.Conversations;
using Cloister.Claude.Protocol;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Claude.Conversations;

/// <summary>How much of the window is used is only as right as the size of the window.</summary>
public sealed class ContextWindowTests
{
    private readonly List<Step> _steps = [];

    [Fact]
    public void a_model_of_the_list_is_not_asked_for_and_fits_into_the_window_it_is_kept_in()
    {
        var told = Work("claude-opus-5-5", "claude-opus-5-5");

        Assert.Equal((200_000L, 0), (told.ContextWindow, _steps.OfType<Write>().Count()));
    }

    [Theory]
    [InlineData("claude-opus-4-8[1m]")]
    [InlineData("acme-coder-7[1m]")]
    [InlineData("acme-coder-7")]
    public void a_window_in_doubt_is_asked_for_once_and_the_answer_holds(string model)
    {
        var told = Work(model, model.Replace("[1m]", "", StringComparison.Ordinal), answer: 123_456);

        Assert.Equal(123_456, told.ContextWindow);
        Assert.Equal(
            """{"type":"control_request","request_id":"context","request":{"subtype":"get_context_usage"}}""", Assert.Single(_steps.OfType<Write>()).Line);
    }

    [Fact]
    public void a_provider_that_may_bill_the_question_is_not_asked()
    {
        Work("acme-coder-7", "acme-coder-7", environment: ("CLAUDE_CODE_USE_BEDROCK", "1"));

        Assert.Empty(_steps.OfType<Write>());
    }

    [Fact]
    public void a_task_that_ends_with_its_first_words_asks_nothing()
    {
        var conversation = Conversation("acme-coder-7");
        conversation.Observe(new MessageStarted("m1", "acme-coder-7", null, new TokenUsage(100, 0, 0, 1)), 1);

        Assert.Empty(conversation.Observe(new MessageEnding(null, new TokenUsage(100, 0, 0, 20), "end_turn"), 2).OfType<Write>());
    }

    // Two model turns, with the answer between them when there is one.
    private AgentUsage Work(string asked, string speaks, long? answer = null, params (string Name, string Value)[] environment)
    {
        var conversation = Conversation(asked, environment);
        _steps.AddRange(conversation.Observe(new SessionInit("s", asked, "2.1.329", "acceptEdits", [], []), 1));
        for (var turn = 1; turn <= 2; turn++)
        {
            _steps.AddRange(conversation.Observe(new MessageStarted($"m{turn}", speaks, null, new TokenUsage(100 * turn, 0, 0, 1)), 2));
            _steps.AddRange(conversation.Observe(new MessageEnding(null, new TokenUsage(100 * turn, 0, 0, 20), "tool_use"), 3));
            if (answer is { } window)
                _steps.AddRange(conversation.Observe(new ControlResponse("context", null, JsonSerializer.SerializeToElement(new { maxTokens = window })), 4));
        }

        return _steps.OfType<Report>().Select(report => report.Event).OfType<AgentUsage>().Last();
    }

    private static Conversation Conversation(string model, params (string Name, string Value)[] environment) => new(
        new AgentTask(
            AttemptRef.Parse("r7/api#1", null), Guid.Empty, Resume: false, BuiltInAgents.Coder, model, "Do it", "", null, "/work", "/attempt",
            default, null, [], environment.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal), 0),
        null);
}
