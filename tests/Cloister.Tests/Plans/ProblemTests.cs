using System.Text;
using Cloister.Plans;

namespace Cloister.Tests.Plans;

public sealed class ProblemTests
{
    [Fact]
    public void everything_wrong_is_said_at_once_in_the_order_of_the_file() => Assert.Equal(
        [
            "plan.unknown_key 1:1 the plan has no key \"nmae\"",
            "plan.range 2:14 \"concurrency\" is a number from 1 to 128, not \"0\"",
            "plan.type 4:15 \"prompt\" has no value; it takes a text",
            "plan.not_supported 5:14 not yet supported: sandbox, in task \"b\"",
            "plan.needs 5:35 task \"b\" needs \"aa\", which does not exist",
            "plan.not_supported 6:15 not yet supported: mode: pr",
        ],
        PlanSamples.Lines("nmae: x\nconcurrency: 0\ntasks:\n  a: {prompt: }\n  b: {       sandbox: on, needs:  aa, prompt: x}\nmerge: {mode: pr}\n"));

    [Theory]
    [InlineData("timeout: 5m ", true)]
    [InlineData("timeout: \"5m \"", false)]
    [InlineData("timeout: 5 m", false)]
    [InlineData("timeout: 30", false)]
    [InlineData("timeout: 1m1h", false)]
    [InlineData("timeout: 1h1h", false)]
    [InlineData("timeout: -5m", false)]
    [InlineData("timeout: 0s", false)]
    [InlineData("timeout: 8d", false)]
    [InlineData("timeout: 9000000000000000000m", false)]
    [InlineData("timeout: 1.5h", false)]
    [InlineData("timeout: ٥m", false)]
    [InlineData("timeout: 1d1h1m1s", true)]
    [InlineData("retries: 9", true)]
    [InlineData("retries: 10", false)]
    [InlineData("retries: -1", false)]
    [InlineData("retries: +1", false)]
    [InlineData("retries: 01", false)]
    [InlineData("retries: 1.0", false)]
    [InlineData("retries: 1e0", false)]
    [InlineData("retries: \"1\"", false)]
    [InlineData("retries: ٣", false)]
    [InlineData("retries: 99999999999999999999", false)]
    [InlineData("retries: [1]", false)]
    [InlineData("budget: 0.0001", true)]
    [InlineData("budget: 0", false)]
    [InlineData("budget: 0.00001", false)]
    [InlineData("budget: -2", false)]
    [InlineData("budget: 1e400", false)]
    [InlineData("budget: NaN", false)]
    [InlineData("budget: .inf", false)]
    [InlineData("budget: .5", false)]
    [InlineData("budget: 1_000", false)]
    [InlineData("budget: $5", false)]
    [InlineData("budget: 100000.01", false)]
    [InlineData("budget: 123456789012345678901234567890", false)]
    [InlineData("instructions: yes", false)]
    [InlineData("instructions: \"true\"", false)]
    [InlineData("instructions: True", false)]
    [InlineData("workspace: Current", false)]
    [InlineData("permissionMode: acceptedits", false)]
    [InlineData("agent: -rf", false)]
    [InlineData("agent: plugin:coder", true)]
    [InlineData("agent: a/b", false)]
    [InlineData("model: opus --x", false)]
    [InlineData("model: \"us.anthropic.claude-opus-4-8[1m]\"", true)]
    [InlineData("files: ../x", false)]
    [InlineData("files: /etc/passwd", false)]
    [InlineData("files: ~/x", false)]
    [InlineData("files: a/../../b", false)]
    [InlineData("files: \"C:/x\"", false)]
    [InlineData("files: [src/**, \"*.cs\"]", true)]
    [InlineData("title: \"a\\nb\"", false)]
    [InlineData("title: \"\\e[2J\"", false)]
    [InlineData("title: [a]", false)]
    [InlineData("needs: { b: {} }", false)]
    [InlineData("setup: \"echo ${{ goal }}\"", false)]
    [InlineData("checks: \"echo $${HOME}\"", true)]
    [InlineData("matrix: {}", false)]
    [InlineData("matrix: { x: [] }", false)]
    [InlineData("matrix: { \"a b\": [x] }", false)]
    [InlineData("matrix: { x: [{a: b}] }", false)]
    [InlineData("matrix: { x: [~] }", false)]
    public void a_value_is_right_or_refused_with_its_place(string line, bool right)
    {
        var load = PlanSamples.Load($"tasks:\n  a:\n    prompt: x\n    {line}\n");
        Assert.Equal(right, load.Plan is not null);
        Assert.All(load.Problems, p => Assert.Equal(4, p.Line));
        Assert.Equal(right ? 0 : 1, load.Problems.Count);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("-rf")]
    [InlineData("CON")]
    [InlineData("nul.txt")]
    [InlineData(".git")]
    [InlineData("a..b")]
    [InlineData("x.lock")]
    [InlineData("😀")]
    [InlineData("%2e%2e")]
    [InlineData("${x}")]
    [InlineData("$(x)")]
    [InlineData("`x`")]
    [InlineData("{{x}}")]
    [InlineData("ä")]
    [InlineData("")]
    public void an_id_that_is_no_harmless_name_is_refused_where_it_stands(string id) =>
        Assert.Equal($"plan.name 2:3 \"{id}\" is no task id", PlanSamples.Lines($"tasks:\n  \"{id}\": {{prompt: x}}\n")[0]);

    [Fact]
    public void names_that_are_too_long_are_refused() =>
        Assert.StartsWith("plan.name 1:9", PlanSamples.Lines($"tasks: {{{new string('a', 300)}: {{prompt: x}}}}")[0], StringComparison.Ordinal);

    [Fact]
    public void an_error_looks_like_this()
    {
        var load = PlanSamples.Load("tasks:\n  schema: {prompt: x}\n  api:\n    prompt: x\n    needs: shema\n", "add-oauth.plan.yaml");
        Assert.Equal(
            """
            error[plan.needs]: task "api" needs "shema", which does not exist
              ┌─ add-oauth.plan.yaml:5:12
            5 │     needs: shema
              │            ^^^^^ did you mean "schema"?
              = help: tasks in this plan: schema, api

            """,
            PlanText.Render(load.Problems));
    }

    [Fact]
    public void a_long_line_is_cut_around_the_place_and_shown_without_what_a_terminal_obeys()
    {
        var load = PlanSamples.Load($"tasks: {{a: {{prompt: {new string('x', 150)}, promt: \"\u202E\U0001F600\"}}}}\n");
        Assert.Equal(
            [
                "  ┌─ a.plan.yaml:1:173",
                $"1 │ {new string('x', 104)}, promt: \"\uFFFD😀\"}}}}",
                $"  │ {new string(' ', 106)}^^^^^ did you mean \"prompt\"?",
            ],
            PlanText.Render(load.Problems[0]).Split('\n')[1..4]);
    }

    [Fact]
    public void a_problem_without_a_place_has_none() => Assert.Equal(
        "error[plan.encoding]: this is not a text in UTF-8\n  = help: save the file as UTF-8\n",
        PlanText.Render(PlanSamples.Load(Encoding.Unicode.GetBytes("tasks: {}")).Problems));

    [Fact]
    public void what_a_terminal_would_obey_is_never_shown() =>
        Assert.Equal("a�b�c�d e", PlanText.Safe("a\u001Bb\u202Ec\u0085d\te"));

    [Theory]
    [InlineData("tasks: {a: {prompt: x, needs: a}}", "plan.cycle 1:31 task \"a\" waits for itself: a → a")]
    [InlineData("tasks: {a: {prompt: x, needs: b}, b: {prompt: x, after: a}}", "plan.cycle 1:31 these tasks wait for each other: a → b → a")]
    [InlineData("tasks: {z: {prompt: x, needs: a}, a: {prompt: x, needs: b}, b: {prompt: x, needs: [c]}, c: {prompt: x, needs: a}}",
        "plan.cycle 1:57 these tasks wait for each other: a → b → c → a")]
    [InlineData("tasks: {a: {prompt: x}, A: {prompt: x}}", "plan.duplicate 1:25 task \"A\" differs from task \"a\" only in case")]
    [InlineData("tasks: {a: {prompt: x}, a: {prompt: x}}", "plan.duplicate 1:25 \"a\" is here twice")]
    [InlineData("tasks: {a: {prompt: x}, b: {prompt: x, needs: [a], after: a}}", "plan.duplicate 1:59 task \"b\" names \"a\" twice")]
    [InlineData("tasks: {a: {prompt: x, matrix: {v: [x]}}, a.1: {prompt: x}}", "plan.duplicate 1:9 task \"a.1\" is called like a copy of \"a\"")]
    [InlineData("tasks: {a: {prompt: x, workspace: current}}", "plan.workspace 1:35 task \"a\" lets agent \"coder\" write in your own directory")]
    [InlineData("base: --upload-pack=x\ntasks: {a: {prompt: x}}", "plan.name 1:7 \"base\" takes the name of a branch, tag or commit, and \"--upload-pack=x\" is none")]
    [InlineData("merge: {into: cloister/r7}\ntasks: {a: {prompt: x}}", "plan.name 1:15 \"into\" takes the name of a branch, and \"cloister/r7\" is none")]
    [InlineData("version: 2\ntasks: {a: {prompt: x}}", "plan.range 1:10 \"version\" is the number 1, not \"2\"")]
    [InlineData("tasks: {}", "plan.missing 1:8 the plan has no tasks")]
    [InlineData("tasks: [a]", "plan.type 1:8 \"tasks\" takes a map of tasks, not a list")]
    [InlineData("name: x", "plan.missing 1:1 the plan has no tasks")]
    [InlineData("- a", "plan.type 1:1 a plan is a map with the key tasks, not a list")]
    [InlineData("tasks: {a: {prompt: x, depends_on: b}}", "plan.not_supported 1:24 not yet supported: depends_on, in task \"a\"")]
    [InlineData("timeout: 5m\ntasks: {a: {prompt: x}}", "plan.unknown_key 1:1 the plan has no key \"timeout\"")]
    public void a_plan_that_makes_no_sense_says_why(string text, string line) => Assert.Equal([line], PlanSamples.Lines(text));

    [Fact]
    public void agents_are_checked_when_they_are_known()
    {
        var agents = new PlanAgents(new Dictionary<string, bool>(StringComparer.Ordinal) { ["coder"] = true, ["reviewer"] = false });
        Assert.Equal(
            ["plan.agent 2:27 task \"a\" is for agent \"codr\", which does not exist"],
            PlanSamples.Lines(PlanSamples.Load("tasks:\n  a: {prompt: x,   agent: codr}\n  b: {prompt: x, agent: reviewer, workspace: current}\n", agents: agents)));
    }

    [Fact]
    public void there_are_never_more_problems_than_a_person_reads_and_errors_come_first()
    {
        var text = "tasks:\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"  t{i}: {{prompt: x, max_turns: 1}}\n")) + "wrong: x\n";
        var load = PlanSamples.Load(text);
        Assert.Equal(100, load.Problems.Count);
        Assert.Contains(load.Problems, p => p.Code == "plan.unknown_key");
    }
}
