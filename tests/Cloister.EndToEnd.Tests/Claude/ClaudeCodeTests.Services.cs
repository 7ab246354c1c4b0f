using System.Text.Json;
using Cloister.Agents;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.EndToEnd.Tests.Claude;

// What a service, a model or the system does to an attempt, and what we make of it.
public abstract partial class ClaudeCodeTests
{
    [Fact]
    public async Task the_turn_limit_ends_it_and_it_can_go_on()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'echo one', description: d } }
                  - { tool: Bash, input: { command: 'echo two', description: d } }
                  - { tool: Bash, input: { command: 'echo three', description: d } }
            """);

        var outcome = await desk.RunAsync(desk.Task("Go") with { Agent = BuiltInAgents.Coder with { MaxTurns = 2 } });

        Assert.Equal((AgentVerdict.Failed, TaskReason.Budget, "turn limit reached", true), (outcome.Verdict, outcome.Reason, outcome.Message, outcome.Resumable));
        Assert.Equal(2, desk.ModelCalls);
    }

    [Theory]
    [InlineData("{ text: 'I will not.', stopReason: refusal }", AgentVerdict.Failed, TaskReason.Api)]
    [InlineData("{ text: 'and so on', stopReason: max_tokens }", AgentVerdict.Failed, TaskReason.Api)]
    [InlineData("{ text: 'whole', stream: cut-before-first, failures: 1 }", AgentVerdict.Succeeded, null)]
    [InlineData("{ text: 'whole', stream: cut-mid-block }", AgentVerdict.Succeeded, null)]
    [InlineData("{ text: 'whole', stream: error-event }", AgentVerdict.Succeeded, null)]
    [InlineData("{ text: 'whole', stopReason: pause_turn }", AgentVerdict.Succeeded, null)]
    [InlineData("{ text: '' }", AgentVerdict.Succeeded, null)]
    public async Task an_answer_that_is_none_is_known_as_what_it_is(string answer, AgentVerdict verdict, TaskReason? reason)
    {
        await using var desk = await SetAsync($"  - answer: {answer}");

        var outcome = await desk.RunAsync(desk.Task("Go"));

        Assert.True((verdict, reason) == (outcome.Verdict, outcome.Reason), outcome.ToString());
    }

    [Fact]
    public async Task an_answer_without_its_end_is_a_bad_service_or_whole_all_the_same()
    {
        await using var desk = await SetAsync("  - answer: { text: whole, stream: no-message-stop }");

        var outcome = await desk.RunAsync(desk.Task("Go"));

        // Later versions ask again without streaming.
        Assert.Contains((outcome.Verdict, outcome.Reason), new (AgentVerdict, TaskReason?)[] { (AgentVerdict.Unavailable, TaskReason.Api), (AgentVerdict.Succeeded, null) });
    }

    [Fact]
    public async Task a_broken_stream_is_paid_for_as_the_service_counts_it()
    {
        await using var desk = await SetAsync("  - answer: { text: whole, stream: cut-mid-block, usage: { input: 100, cacheRead: 0, cacheWrite: 0, output: 50 } }");

        var outcome = await desk.RunAsync(desk.Task("Go"));

        // A try that broke was read by the model too, and told of one token before it broke; only the CLI's last one came to its end.
        Assert.InRange(desk.ModelCalls, 2, 6);
        Assert.Equal(
            (AgentVerdict.Succeeded, 100L * desk.ModelCalls, 50L + desk.ModelCalls - 1), (outcome.Verdict, outcome.Tokens.Context, outcome.Tokens.Output));
    }

    [Fact]
    public async Task nobody_logged_in_is_no_bad_service()
    {
        await using var desk = await SetAsync("  - answer: ok");
        var task = desk.Task("Go");
        var nobody = new Dictionary<string, string>(task.Environment, StringComparer.Ordinal);
        nobody.Remove("ANTHROPIC_API_KEY");

        var outcome = await desk.RunAsync(task with { Environment = nobody });

        Assert.True((AgentVerdict.Unauthorized, TaskReason.Auth) == (outcome.Verdict, outcome.Reason), outcome.ToString());
        Assert.Equal(0, desk.ModelCalls);
    }

    [Fact]
    public async Task killed_in_the_middle_of_its_words_it_is_a_crash_that_can_go_on()
    {
        await using var desk = await SetAsync("""
              - { when: { last: again }, steps: ['back again'] }
              - steps:
                  - { tool: Bash, input: { command: 'echo one > one', description: d } }
                  - { text: 'a text that never ends, because its stream hangs in the middle', stream: hang-mid, usage: { input: 70, cacheRead: 0, cacheWrite: 0 } }
            """);
        await using var follower = desk.Follow(desk.Task("Work"));
        await follower.SeeAsync<AgentUsage>(usage => usage.Turns == 2);
        await desk.ConversationAsync("tool_result");
        Kill(desk, 1);

        var crashed = await follower.EndAsync();
        var resumed = await desk.RunAsync(desk.Task("again", attempt: 2));

        var first = desk.Server.Requests.First(request => request.Endpoint == "messages").Usage;
        Assert.Equal((AgentVerdict.Crashed, TaskReason.Crash, true), (crashed.Verdict, crashed.Reason, crashed.Resumable));
        Assert.Equal(first.Input + first.CacheRead + first.CacheWrite + 70, crashed.Tokens.Context);
        Assert.True(crashed.CostUsd > 0);
        Assert.Equal((AgentVerdict.Succeeded, "back again"), (resumed.Verdict, resumed.Result));
    }

    [Fact]
    public async Task a_subagent_s_turns_are_counted_with_its_agent_s_and_its_words_are_not_mixed_up()
    {
        await using var desk = await SetAsync("""
              - { when: { subagent: true }, steps: [{ tool: Bash, input: { command: 'echo below', description: d } }, 'heard ${lastToolResult}'] }
              - steps:
                  - { tool: Agent, input: { description: look, prompt: do it, subagent_type: general-purpose } }
                  - 'done'
            """);
        await using var follower = desk.Follow(desk.Task("Delegate") with { Agent = BuiltInAgents.Coder with { Tools = ["Agent", "Bash"] } });

        var outcome = await follower.EndAsync();

        var paid = desk.Server.Requests.Where(request => request.Endpoint == "messages").ToList();
        Assert.Equal((AgentVerdict.Succeeded, "done"), (outcome.Verdict, outcome.Result));
        Assert.Equal((4, 2), (paid.Count, paid.Count(request => request.Agent is not null)));
        Assert.Equal(
            (paid.Sum(request => request.Usage.Input + request.Usage.CacheRead + request.Usage.CacheWrite), paid.Sum(request => request.Usage.Output)),
            (outcome.Tokens.Context, outcome.Tokens.Output));
        var last = paid[^1].Usage;
        Assert.Equal((last.Input + last.CacheRead + last.CacheWrite, 2), (follower.Usage.ContextTokens, follower.Usage.Turns));
        Assert.Contains(new AgentActivity("Agent look"), follower.Events);
    }

    [Fact]
    public async Task a_tool_that_is_called_wrongly_is_the_model_s_to_correct()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, rawInput: '{"command": "touch a", ' }
                  - { tool: NoSuchTool, input: {} }
                  - { tool: mcp__cloister__report, input: {} }
                  - 'corrected'
            """);

        var outcome = await desk.RunAsync(desk.Task("Go"));

        Assert.Equal((AgentVerdict.Succeeded, "corrected"), (outcome.Verdict, outcome.Result));
    }

    [Theory]
    [InlineData("/cost")]
    [InlineData("--version")]
    [InlineData("@/etc/passwd \u001b[2J \0")]
    public async Task a_hostile_role_and_context_arrive_as_text(string text)
    {
        await using var desk = await SetAsync("  - answer: ok");

        var outcome = await desk.RunAsync(desk.Task("Go") with { Context = text, Agent = BuiltInAgents.Coder with { Prompt = text } });

        Assert.Equal((AgentVerdict.Succeeded, "ok"), (outcome.Verdict, outcome.Result));
        Assert.Contains(text, desk.LastUserTexts());
        var system = string.Concat(JsonElement.Parse(desk.Server.Requests[^1].Body!).GetProperty("system").EnumerateArray().Select(block => block.GetProperty("text").GetString()));
        Assert.Contains(text, system, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", desk.Server.Requests[^1].Body!, StringComparison.Ordinal);
    }
}
