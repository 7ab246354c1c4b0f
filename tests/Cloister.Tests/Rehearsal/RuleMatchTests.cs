using Cloister.Rehearsal;
using Cloister.Rehearsal.Answering;

namespace Cloister.Tests.Rehearsal;

public sealed class RuleMatchTests
{
    /// <summary>The step (from 1) of the first rule of a scenario that is due, or null when the rule does not fit.</summary>
    private static int? StepDue(string rule, Ask ask) =>
        RuleMatch.Find(Scenario.Parse($"rules:\n  - {rule}", "s").Rules[0], ask.Request())?.Step + 1;

    private static bool Fits(string when, Ask ask) => StepDue($"{{ when: {{ {when} }}, answer: x }}", ask) is not null;

    [Theory]
    [InlineData("prompt: build", true)]
    [InlineData("prompt: Build", false)]
    [InlineData("prompt: /BUILD (it|that)/i", true)]
    [InlineData("prompt: /^and test$/", true)]
    [InlineData("prompt: '/it.and/'", false)]
    [InlineData("prompt: '/it.and/s'", true)]
    [InlineData("prompt: secret", false)]
    [InlineData("agent: coder", true)]
    [InlineData("agent: reviewer", false)]
    [InlineData("model: opus", true)]
    [InlineData("model: haiku", false)]
    [InlineData("turn: 1", true)]
    [InlineData("turn: 2+", false)]
    [InlineData("subagent: true", false)]
    [InlineData("subagent: false", true)]
    [InlineData("toolResult: it", false)]
    [InlineData("isError: false", false)]
    [InlineData("compaction: true", false)]
    [InlineData("prompt: build, agent: coder, turn: 1-3", true)]
    [InlineData("prompt: build, agent: coder, turn: 2-3", false)]
    public void every_condition_must_hold(string when, bool fits) =>
        Assert.Equal(fits, Fits(when, new Ask().System("You are the coder.").User("build it\nand test").Reminder("secret")));

    [Fact]
    public void prompt_is_looked_for_in_all_texts_and_last_in_the_last_one()
    {
        var ask = new Ask().User("first").Said("ok").User("second");
        Assert.True(Fits("prompt: first", ask));
        Assert.False(Fits("last: first", ask));
        Assert.True(Fits("prompt: first, last: second", ask));
    }

    [Theory]
    [InlineData("The user sent a new message while you were working:\nand also this\n\nIMPORTANT: After completing your current task, you MUST address it.")]
    [InlineData("The user sent a new message while you were working:\nand also this\n\nThis is how Claude Code surfaces messages the user sends mid-turn.")]
    [InlineData("<system-reminder>\nThe user sent a new message while you were working:\nand also this\n</system-reminder>")]
    public void a_message_sent_to_a_working_agent_is_a_text_of_the_user(string text)
    {
        Assert.True(Fits("prompt: go, last: '/^and also this$/'", new Ask().User("go").Called("x").MidTurn(text)));
        Assert.True(Fits("last: '/^and also this$/'", new Ask().User("go").Called("x").User(text)));
        Assert.True(Fits("last: '/^and also this$/'", new Ask().User("go").Called($"x\n\n{text}")));
    }

    [Fact]
    public void a_tool_result_counts_only_on_the_turn_it_came_with()
    {
        Assert.True(Fits("toolResult: boom, isError: true", new Ask().User("go").Called("boom", isError: true)));
        Assert.False(Fits("toolResult: boom, isError: false", new Ask().User("go").Called("boom", isError: true)));
        Assert.False(Fits("toolResult: boom", new Ask().User("go").Called("boom").Called("fine")));
    }

    [Fact]
    public void a_subagent_is_known_by_its_header() => Assert.True(Fits("subagent: true", new Ask { Agent = "a1" }.User("go")));

    [Fact]
    public void only_rules_for_it_see_a_request_for_a_summary()
    {
        var ask = new Ask().User("build").Said("ok").User("CRITICAL: text only. Your task is to create a detailed summary of this");
        Assert.False(Fits("prompt: build", ask));
        Assert.True(Fits("compaction: true", ask));
    }

    [Fact]
    public void steps_go_on_turn_by_turn_and_then_leave_the_floor()
    {
        const string Rule = "{ when: { prompt: go }, steps: [a, b] }";
        Assert.Equal(1, StepDue(Rule, new Ask().User("go")));
        Assert.Equal(2, StepDue(Rule, new Ask().User("go").Called("x")));
        Assert.Null(StepDue(Rule, new Ask().User("go").Called("x").Called("y")));
    }

    [Fact]
    public void steps_count_from_the_turn_that_fitted_first()
    {
        const string Rule = "{ when: { prompt: go }, steps: [a, b] }";
        Assert.Null(StepDue(Rule, new Ask().User("wait")));
        Assert.Equal(1, StepDue(Rule, new Ask().User("wait").Said("ok").User("go")));
        Assert.Equal(2, StepDue(Rule, new Ask().User("wait").Said("ok").User("go").Said("a").User("and now?")));
    }

    [Fact]
    public void steps_that_began_go_on_although_their_condition_was_of_one_turn()
    {
        const string Rule = "{ when: { toolResult: boom }, steps: [a, b] }";
        Assert.Equal(1, StepDue(Rule, new Ask().User("go").Called("boom")));
        Assert.Equal(2, StepDue(Rule, new Ask().User("go").Called("boom").Called("fine")));
    }

    [Fact]
    public void steps_go_on_after_a_summary_of_the_beginning()
    {
        const string Rule = "{ when: { prompt: go }, steps: [a, b, c, d] }";
        var ask = new Ask().User("This session is being continued. The task: go (rehearsal-turns: 2)").Called("x");
        Assert.Equal(4, StepDue(Rule, ask));
    }

    [Fact]
    public void groups_of_a_regular_expression_are_captured()
    {
        var rule = Scenario.Parse("rules:\n  - { when: { prompt: '/write (\\w+) and (?<other>\\w+)/' }, answer: '${1} ${other}' }", "s").Rules[0];
        var groups = RuleMatch.Find(rule, new Ask().User("write one and two").Request())!.Groups;
        Assert.Equal(new Dictionary<string, string>(StringComparer.Ordinal) { ["1"] = "one", ["other"] = "two" }, groups);
    }
}
