using Cloister.Rehearsal;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Rehearsal;

public sealed class ScenarioErrorTests
{
    private sealed record Complaint(int Line, int Column, string What, string? Hint);

    [Theory]
    [InlineData("rules:\n  - promt: x\n    answer: y", 2, 5, "unknown key \"promt\"", "known here: name, when, answer, steps")]
    [InlineData("rules:\n  - when: { promt: x }\n    answer: y", 2, 13, "unknown key \"promt\"", "did you mean \"prompt\"?")]
    [InlineData("rules:\n  - when: { tool_result: x }\n    answer: y", 2, 13, "unknown key \"tool_result\"", "did you mean \"toolResult\"?")]
    [InlineData("rule: []", 1, 1, "unknown key \"rule\"", "did you mean \"rules\"?")]
    [InlineData("version: 2\nrules: []", 1, 10, "this scenario is written for a newer version", "this one reads version 1")]
    [InlineData("- x", 1, 1, "a scenario should be a mapping, not a list", null)]
    [InlineData("rules: x", 1, 8, "rules should be a list, not a value", null)]
    [InlineData("rules:\n  - name: x", 2, 5, "a rule needs either answer or steps", null)]
    [InlineData("rules:\n  - answer: x\n    steps: [y]", 2, 5, "a rule needs either answer or steps", null)]
    [InlineData("rules:\n  - steps: []", 2, 12, "steps should be a list of 1 to 1000 answers", null)]
    [InlineData("rules:\n  - when: { turn: 0 }\n    answer: x", 2, 19, "turn should be a turn, counted from 1", "write it like 1, 2-4 or 3+")]
    [InlineData("rules:\n  - when: { turn: 4-2 }\n    answer: x", 2, 19, "turn should be a turn, counted from 1", "write it like 1, 2-4 or 3+")]
    [InlineData("rules:\n  - when: { times: 0 }\n    answer: x", 2, 20, "times should be a whole number from 1", null)]
    [InlineData("rules:\n  - when: { isError: yes }\n    answer: x", 2, 22, "isError should be true or false", null)]
    [InlineData("rules:\n  - when: { prompt: /a/x }\n    answer: x", 2, 21, "prompt: unknown flag \"x\"; the flags are i and s", null)]
    [InlineData("rules:\n  - when: { prompt: }\n    answer: x", 2, 21, "prompt should be text, not nothing", null)]
    [InlineData("rules:\n  - answer: { text: \"a ${promt}\" }", 2, 21, "nothing is called ${promt}", "did you mean \"prompt\"? (a literal is written $${promt})")]
    [InlineData("rules:\n  - answer: \"${1}\"", 2, 13, "nothing is called ${1}", "no regular expression of this rule captures a group 1")]
    [InlineData(
        "rules:\n  - answer: \"${toolResult:a..b}\"", 2, 13, "${toolResult:a..b} leads to no value",
        "write it like ${toolResult:needs_you[0].q} or ${toolResult:mcp__server__tool#1:task}")]
    [InlineData("rules:\n  - answer: { text: x, delay: 5 }", 2, 31, "delay should be a duration", "write it like 200ms, 1.5s or 2m; at most 1h")]
    [InlineData("rules:\n  - answer: { text: x, delay: 2h }", 2, 31, "delay should be a duration", "write it like 200ms, 1.5s or 2m; at most 1h")]
    [InlineData("rules:\n  - answer: { stream: hang-frist }", 2, 23, "no stream fault is called \"hang-frist\"", "did you mean \"hang-first\"?")]
    [InlineData("rules:\n  - answer: { error: { status: 200 } }", 2, 32, "status should be a whole number from 400 to 599", null)]
    [InlineData("rules:\n  - answer: { error: 529, stream: hang-mid }", 2, 13, "error and stream exclude each other", null)]
    [InlineData("rules:\n  - answer: { text: x, failures: 2 }", 2, 34, "failures without error or stream", null)]
    [InlineData("rules:\n  - answer: { error: { status: 400, headers: { \"a:b\": c } } }", 2, 48, "\"a:b\" cannot be the name of a header", null)]
    [InlineData("rules:\n  - answer: { error: { status: 400, headers: { a: \"b\\r\\nc\" } } }", 2, 51, "a header holds printable ASCII only", null)]
    [InlineData("rules:\n  - answer: { usage: { input: -1 }, text: x }", 2, 31, "input should be a whole number from 0", null)]
    [InlineData("rules:\n  - steps: [{ tool: \"a b\" }]", 2, 21, "\"a b\" cannot be the name of a tool", "letters, digits, _ and -, at most 128")]
    [InlineData("rules:\n  - steps: [{ input: { a: 1 } }]", 2, 22, "input without tool", "add tool: with the tool's name")]
    [InlineData("rules:\n  - steps: [{ tool: Bash, input: [1] }]", 2, 34, "input should be a mapping, not a list", null)]
    [InlineData("rules:\n  - steps: [{ delay: 1s }]", 2, 13, "an answer without content", "add text, thinking, tool or blocks; text: \"\" is an empty answer")]
    public void a_mistake_is_named_with_its_place_and_the_way_out(string yaml, int line, int column, string what, string? hint)
    {
        var e = Assert.Throws<ScenarioException>(() => Scenario.Parse(yaml, "my.yaml"));
        Assert.Equal(new Complaint(line, column, what, hint), new Complaint(e.Line, e.Column, e.What, e.Hint));
        Assert.Equal($"my.yaml:{line}:{column}: {what}", e.Message);
    }

    [Fact]
    public void a_tool_call_on_every_turn_is_refused_because_it_would_never_end()
    {
        var e = Assert.Throws<ScenarioException>(() => Scenario.Parse("rules:\n  - answer: { tool: Bash }", "s"));
        Assert.Equal("this answer would call its tool again on every turn and never end", e.What);
    }

    [Fact]
    public void two_groups_of_one_name_are_refused()
    {
        var e = Assert.Throws<ScenarioException>(() => Scenario.Parse("rules:\n  - when: { prompt: /(a)/, last: /(b)/ }\n    answer: x", "s"));
        Assert.Equal("the group \"1\" is captured twice", e.What);
    }

    [Fact]
    public void an_expression_that_could_run_for_ever_is_refused()
    {
        var e = Assert.Throws<ScenarioException>(() => Scenario.Parse("rules:\n  - when: { prompt: '/(?=a)b/' }\n    answer: x", "s"));
        Assert.Equal("prompt: this regular expression needs backtracking", e.What);
    }

    [Fact]
    public async Task a_file_that_is_not_there_is_named()
    {
        var e = await Assert.ThrowsAsync<ScenarioException>(() => Scenario.LoadAsync("/nowhere/at/all.yaml", TestContext.Current.CancellationToken));
        Assert.StartsWith("/nowhere/at/all.yaml:1:1: cannot read the scenario", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void every_built_in_scenario_can_be_read() =>
        Assert.Equal(["default", "demo"], Scenario.BuiltIn.Where(name => Scenario.FindBuiltIn(name) is not null));

    [Fact]
    public void an_unknown_built_in_scenario_is_not_found() => Assert.Null(Scenario.FindBuiltIn("../demo"));

    [Fact]
    public void the_demo_has_a_plan_and_a_project()
    {
        Assert.Contains("tasks:", Scenario.FindBuiltInPlan("demo"), StringComparison.Ordinal);
        Assert.Equal(["README.md", "lib/readings.js", "readings.csv"], Scenario.BuiltInProject("demo").Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void whatever_is_written_it_is_a_scenario_or_a_complaint()
    {
        var pieces = Gen.Elements(
            "rules:", "\n", "  ", "- ", "when: ", "{", "}", "[", "]", "answer: ", "steps: ", "prompt: ", "/a(/", "\"", "'", "${x}", "tool: ",
            "&a ", "*a ", "!!str ", "? ", ": ", "|\n", ">", "#", "%YAML 1.2\n", "---", "...", "\t", "\0", "\u2028", "😀", "x", "1", ",", "-");
        var texts = pieces.ArrayOf().Select(p => string.Concat(p));
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            try
            {
                return Scenario.Parse(text, "s") is not null;
            }
            catch (ScenarioException e)
            {
                return e.Line >= 1 && e.Column >= 1;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }
}
