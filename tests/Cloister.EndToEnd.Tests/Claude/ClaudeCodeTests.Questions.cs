using Cloister.Agents;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.EndToEnd.Tests.Claude;

// Whatever a person is asked, and what they say.
public abstract partial class ClaudeCodeTests
{
    [Fact]
    public async Task a_question_waits_for_its_answer_across_engines()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: mcp__cloister__ask, input: { question: 'Which one?', options: [red, blue] } }
                  - 'chose ${lastToolResult}'
            """);
        var task = desk.Task("Choose");
        string key;
        long offset;
        await using (var first = desk.Follow(task))
        {
            var asked = await first.SeeAsync<AgentAsked>();
            Assert.Equivalent(new AgentAsked(asked.Key, QuestionKind.Question, "Which one?", ["red", "blue"], null, null), asked, strict: true);
            (key, offset) = (asked.Key, first.Offset);
            await first.DetachAsync();
        }

        await using var second = desk.Follow(task with { FromOffset = offset });
        await second.SendAsync(new DeliverAnswer("a1", key, Say(AnswerDecision.Reply, "blue")));
        await second.SendAsync(new DeliverAnswer("a1", key, Say(AnswerDecision.Reply, "blue")));
        var outcome = await second.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, "chose blue"), (outcome.Verdict, outcome.Result));
        Assert.Empty(second.Events.OfType<AgentAsked>());
        Assert.Empty(second.Events.OfType<AgentReady>());
        Assert.Contains(new AgentInputDelivered("a1"), second.Events);
    }

    [Fact]
    public async Task progress_and_the_end_are_reported_once()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: mcp__cloister__report, input: { text: 'half way', path: notes.md } }
                  - { tool: mcp__cloister__done, input: { summary: 'all of it', left: 'docs' } }
                  - 'bye'
            """);
        await using var follower = desk.Follow(desk.Task("Go"));

        Assert.Equal(AgentVerdict.Succeeded, (await follower.EndAsync()).Verdict);
        Assert.Equal(
            [new AgentReported("half way", "notes.md"), new AgentDeclaredDone("all of it", "docs")],
            follower.Events.Where(e => e is AgentReported or AgentDeclaredDone));
    }

    [Fact]
    public async Task a_permission_is_asked_with_the_whole_command()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'touch a && touch b', description: d } }
                  - { tool: Bash, input: { command: 'touch c', description: d } }
                  - 'said: ${lastToolResult}'
            """);
        await using var follower = desk.Follow(desk.Task("Touch") with { Agent = Asking });

        var first = await follower.SeeAsync<AgentAsked>();
        Assert.Equal((QuestionKind.Permission, "Bash: touch a && touch b", "Bash"), (first.Kind, first.Text, first.Tool));
        await follower.SendAsync(new DeliverAnswer("a1", first.Key, Say(AnswerDecision.Allow)));
        var second = await follower.SeeAsync<AgentAsked>(asked => asked.Key != first.Key);
        await follower.SendAsync(new DeliverAnswer("a2", second.Key, Say(AnswerDecision.Deny, "no c today")));
        var outcome = await follower.EndAsync();

        Assert.Equal(AgentVerdict.Succeeded, outcome.Verdict);
        Assert.Contains("no c today", outcome.Result, StringComparison.Ordinal);
        Assert.Equal((true, true, false), (Exists(desk, "a"), Exists(desk, "b"), Exists(desk, "c")));
    }

    [Fact]
    public async Task a_granted_rule_needs_no_person()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'touch a', description: d } }
                  - { tool: Bash, input: { command: 'chmod 600 a', description: d } }
                  - 'ok'
            """);
        await using var follower = desk.Follow(desk.Task("Touch") with { Agent = Asking, AllowRules = ["Bash(touch:*)"] });

        var asked = await follower.SeeAsync<AgentAsked>();
        await follower.SendAsync(new GrantRule("g1", "Bash(chmod 600 *)"));
        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, "Bash: chmod 600 a"), (outcome.Verdict, asked.Text));
        Assert.Single(follower.Events.OfType<AgentAsked>());
        Assert.Contains(new AgentQuestionWithdrawn(asked.Key), follower.Events);
    }

    [Fact]
    public async Task a_run_in_which_everything_was_denied_is_not_a_success()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'touch a', description: d } }
                  - 'I could not'
            """);
        await using var follower = desk.Follow(desk.Task("Touch") with { Agent = Asking });
        await follower.SendAsync(new DeliverAnswer("a1", (await follower.SeeAsync<AgentAsked>()).Key, Say(AnswerDecision.Deny)));

        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Failed, TaskReason.Denied), (outcome.Verdict, outcome.Reason));
    }

    [Fact]
    public async Task a_plan_is_shown_first_and_carried_out_after_approval()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { text: '1. touch a', tool: ExitPlanMode, input: { plan: '1. touch a' } }
                  - { tool: Bash, input: { command: 'touch a', description: d } }
                  - 'done'
            """);
        await using var follower = desk.Follow(desk.Task("Plan") with { Agent = BuiltInAgents.Coder with { PermissionMode = "plan" } });
        var plan = await follower.SeeAsync<AgentAsked>();
        Assert.Equal((QuestionKind.Plan, "1. touch a"), (plan.Kind, plan.Text));
        await follower.SendAsync(new DeliverAnswer("a1", plan.Key, Say(AnswerDecision.Allow)));

        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, true), (outcome.Verdict, Exists(desk, "a")));
        Assert.Single(follower.Events.OfType<AgentAsked>());
    }

    [Fact]
    public async Task what_plan_mode_does_without_approval_is_asked()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'touch a', description: d } }
                  - 'done'
            """);
        await using var follower = desk.Follow(desk.Task("Plan") with { Agent = BuiltInAgents.Coder with { PermissionMode = "plan" } });
        await follower.SendAsync(new DeliverAnswer("a1", (await follower.SeeAsync<AgentAsked>()).Key, Say(AnswerDecision.Deny)));
        await follower.EndAsync();

        Assert.False(Exists(desk, "a"));
    }

    [Fact]
    public async Task claude_s_own_question_tool_is_answered_too()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - tool: AskUserQuestion
                    input:
                      questions:
                        - { question: 'Which DB?', header: DB, multiSelect: false, options: [{ label: SQLite, description: s }, { label: Pg, description: p }] }
                        - { question: 'Which port?', header: Port, multiSelect: false, options: [{ label: '1', description: s }, { label: '2', description: p }] }
                  - 'heard: ${lastToolResult}'
            """);
        await using var follower = desk.Follow(desk.Task("Ask") with { Agent = BuiltInAgents.Coder with { Tools = ["Read", "AskUserQuestion"] } });
        var first = await follower.SeeAsync<AgentAsked>(asked => asked.Text == "Which DB?");
        var second = await follower.SeeAsync<AgentAsked>(asked => asked.Text == "Which port?");
        await follower.SendAsync(new DeliverAnswer("a2", second.Key, Say(AnswerDecision.Reply, "2")));
        await follower.SendAsync(new DeliverAnswer("a1", first.Key, Say(AnswerDecision.Reply, "Pg")));

        var outcome = await follower.EndAsync();

        Assert.Contains("\"Which DB?\"=\"Pg\"", outcome.Result, StringComparison.Ordinal);
        Assert.Contains("\"Which port?\"=\"2\"", outcome.Result, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_message_reaches_a_working_agent()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: mcp__cloister__ask, input: { question: 'Go on?' } }
                  - 'went on'
            """);
        await using var follower = desk.Follow(desk.Task("Work"));
        var asked = await follower.SeeAsync<AgentAsked>();
        await follower.SendAsync(new DeliverMessage("m1", "/also this"));
        await follower.SeeAsync<AgentInputDelivered>(delivered => delivered.Key == "m1");
        await follower.SendAsync(new DeliverAnswer("a1", asked.Key, Say(AnswerDecision.Reply, "yes")));

        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, "went on"), (outcome.Verdict, outcome.Result));
        Assert.Contains("/also this", desk.Server.Requests[^1].Body!, StringComparison.Ordinal);
    }
}
