using System.Text.Json;
using Cloister.Accounting;
using Cloister.Agents;
using Cloister.Claude.Conversations;
using Cloister.Claude.Outcomes;
using Cloister.Claude.Protocol;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Claude.Conversations;

public sealed class ConversationTests
{
    private static readonly AgentDefinition Coder = new("coder", "", "You are a coder.", null, [], null, null, null, "built-in");
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    private static AgentTask Task(
        string prompt = "Do it", AgentDefinition? agent = null, decimal? budget = null, params string[] rules) => new(
        AttemptRef.Parse("r7/api#2", null), Guid.Empty, Resume: false, agent ?? Coder, null, prompt, "", null, "/work", "/attempt",
        Now, budget, rules, new Dictionary<string, string>(StringComparer.Ordinal), 0);

    private static Conversation Talk(AgentTask task) => new(task, task.BudgetUsd);

    private static Answer Say(AnswerDecision decision, string? text = null) => new(decision, text, "person", Now);

    private static CanUseTool Wants(string id, string tool, object input) => new(id, tool, JsonSerializer.SerializeToElement(input), "toolu_" + id, null);

    private static McpMessage Calls(string id, string tool, object arguments) => new(id, "cloister", JsonSerializer.SerializeToElement(
        new { jsonrpc = "2.0", id = 2, method = "tools/call", @params = new { name = tool, arguments } }));

    private static string Line(Step step) => Assert.IsType<Write>(step).Line;

    private static string Response(Step step) =>
        JsonElement.Parse(Line(step)).GetProperty("response").GetProperty("response").GetRawText();

    [Fact]
    public void it_begins_with_its_tools_and_the_prompt()
    {
        var steps = Talk(Task("Do \u2028 it\0")).Begin();

        Assert.Equal(["initialize", "prompt"], steps.Cast<Write>().Select(step => step.Id));
        Assert.Equal(
            """{"type":"control_request","request_id":"initialize","request":{"subtype":"initialize","sdkMcpServers":["cloister"],"appendSystemPrompt":"You are a coder."}}""",
            Line(steps[0]));
        Assert.Equal(
            "Do \u2028 it\0",
            JsonElement.Parse(Line(steps[1])).GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("/cost", 2)]
    [InlineData("cost", 1)]
    public void a_text_that_looks_like_a_command_is_not_the_last_block(string prompt, int blocks) => Assert.Equal(
        blocks, JsonElement.Parse(Line(Talk(Task(prompt)).Begin()[1])).GetProperty("message").GetProperty("content").GetArrayLength());

    [Fact]
    public void a_permission_is_asked_with_the_whole_command_and_answered()
    {
        var conversation = Talk(Task());
        var asked = conversation.Observe(Wants("p1", "Bash", new { command = "rm x && touch y" }), 10);

        Assert.Equivalent(
            new AgentAsked("p1", QuestionKind.Permission, "Bash: rm x && touch y", [], "Bash", """{"command":"rm x \u0026\u0026 touch y"}"""),
            Assert.IsType<Report>(Assert.Single(asked)).Event, strict: true);
        Assert.True(conversation.IsWaiting);
        Assert.Equal(
            """{"behavior":"allow","updatedInput":{"command":"rm x \u0026\u0026 touch y"}}""",
            Response(conversation.Deliver(new DeliverAnswer("a1", "p1", Say(AnswerDecision.Allow)))[0]));
        Assert.False(conversation.IsWaiting);
    }

    [Fact]
    public void a_person_may_allow_something_else_than_was_asked()
    {
        var conversation = Talk(Task());
        conversation.Observe(Wants("p1", "Bash", new { command = "rm -rf x" }), 10);
        conversation.Observe(Wants("p2", "ExitPlanMode", new { plan = "1. all of it", planFilePath = "/p.md" }), 20);

        Assert.Equal(
            """{"behavior":"allow","updatedInput":{"command":"rm x"}}""",
            Response(conversation.Deliver(new DeliverAnswer("a1", "p1", Say(AnswerDecision.Allow) with { Text = """{"command":"rm x"}""" }))[0]));
        Assert.Equal(
            """{"behavior":"allow","updatedInput":{"plan":"1. less","planFilePath":"/p.md"}}""",
            Response(conversation.Deliver(new DeliverAnswer("a2", "p2", Say(AnswerDecision.Allow) with { Text = "1. less" }))[0]));
    }

    [Fact]
    public void an_answer_delivered_again_is_not_given_again()
    {
        var conversation = Talk(Task());
        conversation.Observe(Wants("p1", "Bash", new { command = "x" }), 10);
        conversation.Deliver(new DeliverAnswer("a1", "p1", Say(AnswerDecision.Deny)));

        Assert.Equal([new Report(new AgentInputDelivered("a1"))], conversation.Deliver(new DeliverAnswer("a1", "p1", Say(AnswerDecision.Allow))));
    }

    [Fact]
    public void a_question_that_was_answered_under_an_earlier_engine_is_settled_when_its_output_is_read_again()
    {
        var conversation = Talk(Task());
        conversation.Observe(Wants("p1", "Bash", new { command = "x" }), 10);

        Assert.Empty(conversation.Deliver(new DeliverAnswer("p1", "p1", Say(AnswerDecision.Allow) with { Delivered = true })));
        Assert.False(conversation.IsWaiting);
    }

    [Fact]
    public void half_a_character_in_an_answer_does_no_harm()
    {
        var conversation = Talk(Task());
        conversation.Observe(Wants("p1", "Bash", new { command = "x" }), 10);

        Assert.Equal(
            """{"behavior":"deny","message":"a\uFFFDb"}""",
            Response(conversation.Deliver(new DeliverAnswer("a1", "p1", Say(AnswerDecision.Deny, "a\ud800b")))[0]));
        Assert.Contains(@"\uFFFD", Line(conversation.Deliver(new DeliverMessage("m1", "a\udc00"))[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void a_denial_says_why()
    {
        var conversation = Talk(Task());
        conversation.Observe(Wants("p1", "Bash", new { command = "x" }), 10);

        Assert.Equal(
            """{"behavior":"deny","message":"not here"}""",
            Response(conversation.Deliver(new DeliverAnswer("a1", "p1", Say(AnswerDecision.Deny, "not here")))[0]));
    }

    [Fact]
    public void what_a_rule_covers_is_answered_without_a_person()
    {
        var step = Assert.Single(Talk(Task(rules: "Bash(npm test:*)")).Observe(Wants("p1", "Bash", new { command = "npm test" }), 10));

        Assert.Equal("""{"behavior":"allow","updatedInput":{"command":"npm test"}}""", Response(step));
    }

    [Fact]
    public void a_rule_granted_later_answers_what_already_waits()
    {
        var conversation = Talk(Task());
        conversation.Observe(Wants("p1", "Bash", new { command = "npm test" }), 10);
        conversation.Observe(Wants("p2", "Bash", new { command = "rm x" }), 20);

        var steps = conversation.Deliver(new GrantRule("g1", "Bash(npm test:*)"));

        Assert.Equal(["answer:p1"], steps.OfType<Write>().Select(step => step.Id));
        Assert.Equal([new AgentQuestionWithdrawn("p1"), new AgentInputDelivered("g1")], steps.OfType<Report>().Select(step => step.Event));
        Assert.True(conversation.IsWaiting);
    }

    [Fact]
    public void several_choices_are_asked_one_by_one_and_answered_together()
    {
        var conversation = Talk(Task());
        var asked = conversation.Observe(
            Wants("q1", "AskUserQuestion", new
            {
                questions = new object[]
                {
                    new { question = "Which DB?", options = new[] { new { label = "SQLite" }, new { label = "Pg" } } },
                    new { question = "Which port?", options = Array.Empty<object>() },
                },
            }),
            10);

        Assert.Equal(["q1/1", "q1/2"], asked.OfType<Report>().Select(step => ((AgentAsked)step.Event).Key));
        Assert.Equal(["SQLite", "Pg"], ((AgentAsked)((Report)asked[0]).Event).Options);
        Assert.Empty(conversation.Deliver(new DeliverAnswer("a1", "q1/1", Say(AnswerDecision.Reply, "Pg"))));
        var steps = conversation.Deliver(new DeliverAnswer("a2", "q1/2", Say(AnswerDecision.Reply, "5432")));
        Assert.Equal([new AgentInputDelivered("a1"), new AgentInputDelivered("a2")], steps.OfType<Report>().Select(step => step.Event));
        Assert.EndsWith("""
            "answers":{"Which DB?":"Pg","Which port?":"5432"}}}
            """.Trim(), Response(steps[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void the_worker_s_question_blocks_until_it_is_answered()
    {
        var conversation = Talk(Task());
        var asked = Assert.Single(conversation.Observe(Calls("m1", "ask", new { question = "Which?", options = new[] { "a", "b" } }), 10));

        Assert.Equivalent(new AgentAsked("m1", QuestionKind.Question, "Which?", ["a", "b"], null, null), ((Report)asked).Event, strict: true);
        Assert.Equal(
            """{"mcp_response":{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"b"}]}}}""",
            Response(conversation.Deliver(new DeliverAnswer("a1", "m1", Say(AnswerDecision.Reply, "b")))[0]));
    }

    [Fact]
    public void a_report_and_the_end_are_told_and_noted()
    {
        var conversation = Talk(Task());
        var report = conversation.Observe(Calls("m1", "report", new { text = "half way", path = "out/r.md" }), 10);
        var done = conversation.Observe(Calls("m2", "done", new { summary = "all", left = "docs" }), 20);

        Assert.Equal(new AgentReported("half way", "out/r.md"), ((Report)report[0]).Event);
        Assert.Equal("answer:m1", ((Write)report[1]).Id);
        Assert.Equal(new AgentDeclaredDone("all", "docs"), ((Report)done[0]).Event);
    }

    [Theory]
    [InlineData("ask", "{}")]
    [InlineData("ask", "{\"question\":7}")]
    [InlineData("report", "[]")]
    [InlineData("fly", "{}")]
    public void a_wrong_tool_call_is_the_model_s_error(string tool, string arguments)
    {
        var step = Assert.Single(Talk(Task()).Observe(Calls("m1", tool, JsonElement.Parse(arguments)), 10));

        Assert.Contains("\"isError\":true", Line(step), StringComparison.Ordinal);
    }

    [Fact]
    public void a_cancelled_request_withdraws_its_question()
    {
        var conversation = Talk(Task());
        conversation.Observe(Wants("p1", "Bash", new { command = "x" }), 10);

        Assert.Equal([new Report(new AgentQuestionWithdrawn("p1"))], conversation.Observe(new ControlCancel("p1"), 20));
        Assert.False(conversation.IsWaiting);
    }

    [Fact]
    public void after_its_plan_is_approved_the_agent_works_as_usual()
    {
        var planner = Coder with { PermissionMode = "plan" };
        var conversation = Talk(Task(agent: planner));
        conversation.Observe(new SessionInit("s", "claude-opus-5-5", "2.1.329", "plan", [], []), 1);
        Assert.Single(conversation.Observe(Wants("p0", "Bash", new { command = "x" }), 2));
        conversation.Deliver(new DeliverAnswer("a0", "p0", Say(AnswerDecision.Deny)));
        conversation.Observe(new AssistantMessage("m", "claude-opus-5-5", null, default, [new TextBlock("1. Do it")], null), 3);
        var asked = Assert.Single(conversation.Observe(Wants("p1", "ExitPlanMode", new { }), 4));
        conversation.Deliver(new DeliverAnswer("a1", "p1", Say(AnswerDecision.Allow)));

        Assert.Equal((QuestionKind.Plan, "1. Do it"), (((AgentAsked)((Report)asked).Event).Kind, ((AgentAsked)((Report)asked).Event).Text));
        Assert.Equal("mode", Assert.IsType<Write>(Assert.Single(conversation.Observe(new StatusChanged(null, "default"), 5))).Id);
        Assert.Equal("answer:early", Assert.IsType<Write>(Assert.Single(conversation.Observe(Wants("early", "Bash", new { command = "x" }), 6))).Id);
        conversation.Observe(new StatusChanged(null, "acceptEdits"), 6);
        Assert.Equal("answer:p2", Assert.IsType<Write>(Assert.Single(conversation.Observe(Wants("p2", "Bash", new { command = "x" }), 7))).Id);
    }

    [Fact]
    public void what_a_person_allowed_the_run_is_not_allowed_to_who_may_only_plan()
    {
        var planner = Coder with { PermissionMode = "plan", Tools = ["Read"] };
        var conversation = Talk(Task(agent: planner) with { AllowRules = ["Bash(npm *)"] });
        conversation.Observe(new SessionInit("s", "claude-opus-5-5", "2.1.329", "plan", [], []), 1);
        conversation.Deliver(new GrantRule("rule:Edit", "Edit"));

        Assert.IsType<AgentAsked>(Assert.IsType<Report>(Assert.Single(conversation.Observe(Wants("p1", "Bash", new { command = "npm test" }), 2))).Event);
        Assert.IsType<AgentAsked>(Assert.IsType<Report>(Assert.Single(conversation.Observe(Wants("p2", "Edit", new { file_path = "a" }), 3))).Event);
        conversation.Observe(new StatusChanged(null, "default"), 4);
        Assert.Equal("answer:p3", Assert.IsType<Write>(Assert.Single(conversation.Observe(Wants("p3", "Bash", new { command = "npm test" }), 5))).Id);
    }

    [Fact]
    public void the_budget_stops_it_before_the_next_turn()
    {
        var conversation = Talk(Task(budget: 0.001m));
        conversation.Observe(new MessageStarted("m1", "claude-opus-4-8", null, new TokenUsage(100, 0, 0, 1)), 1);
        conversation.Observe(new MessageEnding(null, new TokenUsage(100, 0, 0, 20), "tool_use"), 2);

        Assert.Equal(EndedBy.Budget, conversation.Ending);
    }

    [Fact]
    public void more_budget_lets_it_go_on()
    {
        var conversation = Talk(Task(budget: 0.001m));
        conversation.Deliver(new ExtendLimits("e1", Now, 0.1m));
        conversation.Observe(new MessageStarted("m1", "claude-opus-4-8", null, new TokenUsage(100, 0, 0, 20)), 1);
        conversation.Observe(new MessageEnding(null, new TokenUsage(100, 0, 0, 20), "tool_use"), 2);

        Assert.Equal((null, true), (conversation.Ending, conversation.Evidence.LimitRaised));
    }

    [Fact]
    public void the_second_refusal_of_the_credential_ends_it()
    {
        var conversation = Talk(Task());
        var retry = new ApiRetry(1, 3, TimeSpan.FromSeconds(1), 401, "authentication_failed");

        conversation.Observe(retry, 1);
        Assert.Null(conversation.Ending);
        conversation.Observe(retry, 2);
        Assert.Equal(EndedBy.Credential, conversation.Ending);
    }

    [Fact]
    public void it_is_over_when_idle_with_a_result_and_nothing_unread()
    {
        var conversation = Talk(Task());
        var prompt = Assert.IsType<Write>(conversation.Begin()[1]);
        var uuid = JsonElement.Parse(prompt.Line).GetProperty("uuid").GetString()!;
        conversation.Observe(new SessionStateChanged("idle"), 1);
        Assert.False(conversation.IsOver);
        conversation.Observe(new TurnResult("success", false, null, "completed", "", [], null, 1, 0, [], null, []), 2);
        Assert.False(conversation.IsOver);
        conversation.Observe(new MessageTaken(uuid), 3);
        Assert.True(conversation.IsOver);
        conversation.Deliver(new DeliverMessage("k", "one more thing"));
        Assert.False(conversation.IsOver);
    }

    [Fact]
    public void a_message_that_was_taken_under_an_earlier_engine_keeps_nothing_open()
    {
        var first = Talk(Task());
        var said = JsonElement.Parse(Line(first.Deliver(new DeliverMessage("k", "one more thing"))[0])).GetProperty("uuid").GetString()!;
        var conversation = Talk(Task());
        var prompt = JsonElement.Parse(Line(conversation.Begin()[1])).GetProperty("uuid").GetString()!;
        StreamEvent[] output =
        [
            new MessageTaken(prompt), new MessageTaken(said), new TurnResult("success", false, null, "completed", "", [], null, 1, 0, [], null, []), new SessionStateChanged("idle"),
        ];
        foreach (var line in output)
            conversation.Observe(line, 1);

        conversation.Deliver(new DeliverMessage("k", "one more thing"));

        Assert.True(conversation.IsOver);
    }

    [Fact]
    public void the_same_output_gives_the_same_lines_again()
    {
        StreamEvent[] output =
        [
            new SessionInit("s", "claude-opus-5-5", "2.1.329", "default", [], []),
            Calls("m1", "report", new { text = "x" }),
            Wants("p1", "Bash", new { command = "x" }),
            Wants("p2", "Read", new { file_path = "x" }),
            new OtherControlRequest("o1", "hook_callback"),
        ];
        IReadOnlyList<Write> Play()
        {
            var conversation = Talk(Task(rules: "Read"));
            return [.. conversation.Begin().Concat(output.SelectMany((line, i) => conversation.Observe(line, i))).OfType<Write>()];
        }

        Assert.Equivalent(Play(), Play(), strict: true);
        Assert.Equal(["initialize", "prompt", "answer:m1", "answer:p2", "answer:o1"], Play().Select(write => write.Id));
    }
}
