using System.Text;
using Cloister.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Plans;

public sealed class HostileTests
{
    private const string Seed =
        """
        version: 1
        goal: "a \"b\" \x41"
        inputs: { p: { type: choice, options: [a, b], default: a } }
        checks: [dotnet test]
        tasks:
          a:
            prompt: |
              Say ${{ inputs.p }} and $${{ x }}.
            result: { type: object, properties: { f: { type: array } }, required: [f] }
          b: { prompt: 'it''s', needs: [a], matrix: { f: "${{ tasks.a.result.f }}" }, timeout: 1h30m, if: success() }
        merge: { into: x/y }
        """;

    // More for an afternoon: CLOISTER_FUZZ=200000 ./test
    private static readonly int MaxTests = int.TryParse(Environment.GetEnvironmentVariable("CLOISTER_FUZZ"), out var count) ? count : 2_000;

    public static TheoryData<string, string, string> Attacks => new()
    {
        { "6 KB of brackets", new string('[', 6_000), "plan.depth" },
        { "100,000 levels", "a: " + string.Concat(Enumerable.Repeat("{a: ", 100_000)), "plan.depth" },
        { "100,000 dashes", string.Concat(Enumerable.Repeat("- ", 100_000)) + "a", "plan.depth" },
        { "100,000 complex keys", string.Concat(Enumerable.Repeat("? ", 100_000)) + "a", "plan.depth" },
        { "wide", "a: [" + string.Concat(Enumerable.Repeat("a,", 100_000)) + "]", "plan.size" },
        { "10 MB scalar", "tasks: {a: {prompt: \"" + new string('x', 10_000_000) + "\"}}", "plan.size" },
        { "anchors bomb", "a: &a [lol]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\ntasks: {a: {prompt: *c}}", "plan.alias" },
        { "cyclic alias", "x-a: &a [*a]\ntasks: {a: {prompt: x}}", "plan.alias" },
        { "merge loop", "x-a: &a {<<: *a}\ntasks: {a: {prompt: x}}", "plan.alias" },
        { "tag", "tasks: !!python/object {a: {prompt: x}}", "plan.tag" },
        { "two documents", "tasks: {a: {prompt: x}}\n---\ntasks: {}", "plan.documents" },
        { "empty", "", "plan.empty" },
        { "only comments", "# nothing\n# here\n", "plan.empty" },
        { "null", "~", "plan.empty" },
        { "tabs", "tasks:\n\ta: {prompt: x}", "plan.syntax" },
        { "escape character", "tasks: {a: {prompt: \"\u001B[2J\"}}", "plan.character" },
        { "half a character", "tasks: {a: {prompt: \"\\ud800\"}}", "plan.syntax" },
        { "the other half", "tasks: {a: {prompt: \"\\ude00\"}}", "plan.syntax" },
        { "unclosed", "tasks: {a: {prompt: \"x", "plan.syntax" },
        { "10,000 tasks", "tasks:\n" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"  t{i}: {{prompt: x}}\n")), "plan.range" },
        { "matrix of 10^9", "tasks: {a: {prompt: x, matrix: {" + string.Join(',', Enumerable.Range(0, 9).Select(i => $"m{i}: [0,1,2,3,4,5,6,7,8,9]")) + "}}}", "plan.range" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void an_attack_is_refused_by_name_and_the_process_lives(string name, string text, string code)
    {
        var load = PlanSamples.Load(text);
        Assert.True(load.Plan is null && load.Problems.Any(p => p.Code == code), $"{name}: {PlanText.Render(load.Problems)}");
    }

    [Theory]
    [InlineData("""{"tasks":{"a":{"prompt":"x"},}}""", "plan.syntax 1:30 this is not JSON: the comma before this bracket is one too many")]
    [InlineData("""{"tasks":{"a":{"prompt":"x","prompt":"y"}}}""", "plan.duplicate 1:29 \"prompt\" is here twice")]
    [InlineData("""{ /* x */ "tasks":{}}""", "plan.syntax 1:3 this is not JSON: comments are not part of it; a plan with comments is written in YAML")]
    [InlineData("""{"ä":1,"tasks":{"a":{"prompt":"\ud800"}}}""", "plan.character 1:31 an escape in this text is half a character")]
    [InlineData("""{"tasks":{"a":{"prompt":"x","budget":1e400}}}""", "plan.type 1:38 \"budget\" takes US dollars, like 2.50, not \"1e400\"")]
    [InlineData("""{"tasks":{"a":{"prompt":5}}}""", "plan.type 1:25 \"prompt\" takes a text, not \"5\"")]
    [InlineData("""{"tasks":{"a":{"prompt":null}}}""", "plan.type 1:25 \"prompt\" has no value; it takes a text")]
    public void json_is_refused_with_its_place(string text, string line) => Assert.Contains(line, PlanSamples.Lines(text, "a.plan.json"));

    [Fact]
    public void json_of_any_depth_is_refused() =>
        Assert.Equal("plan.depth", PlanSamples.Load(new string('[', 1_000_000), "a.plan.json").Problems[0].Code);

    [Fact]
    public void bytes_that_are_no_text_are_refused()
    {
        Assert.Equal("plan.encoding", PlanSamples.Load(Encoding.Unicode.GetBytes(Seed)).Problems[0].Code);
        Assert.Equal("plan.encoding", PlanSamples.Load([0x7F, 0x45, 0x4C, 0x46, 0, 0]).Problems[0].Code);
        Assert.Equal(["plan.encoding 2:2 a byte here is not UTF-8"], PlanSamples.Lines(PlanSamples.Load([(byte)'a', (byte)'\n', (byte)'b', 0xFF, (byte)'c'])));
    }

    [Fact]
    public void a_byte_order_mark_and_windows_line_ends_change_nothing()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("tasks:\r\n  a:\r\n    prompt: |\r\n      one\r\n      two\r\n  b: {prompt: x, needs: c}\r\n")];
        Assert.Equal(["plan.needs 6:25 task \"b\" needs \"c\", which does not exist"], PlanSamples.Lines(PlanSamples.Load(bytes)));
    }

    [Fact]
    public void no_mutation_of_a_plan_breaks_the_loader()
    {
        var mutations = Gen.Choose(0, int.MaxValue - 1).ArrayOf(4).Select(Mutate);
        Prop.ForAll(mutations.ToArbitrary(), text => Survives(text, "a.plan.yaml") && Survives(text, null))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(MaxTests));
    }

    [Fact]
    public void no_soup_of_yaml_words_breaks_the_loader()
    {
        var words = Gen.Elements(
            "tasks", "a", "prompt", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ",", "&a ", "*a", "!x ", "|", ">", "'", "\"", "#", "%YAML 1.2\n", "---\n", "...\n",
            "? ", "<<", "${{ ", " }}", "inputs.x", "\t", "\r", "\\", "\\u0000", "😀", "~", "0", "@", "`", "matrix", "needs", "if");
        Prop.ForAll(words.ArrayOf().Select(string.Concat).ToArbitrary(), text => Survives("tasks:\n  a:\n    " + text, "a.plan.yaml") && Survives(text, null) && Survives(text, "a.json"))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(MaxTests));
    }

    // Whatever comes in: an answer, with a reason when it is no, and a screen that shows it.
    private static bool Survives(string text, string? file)
    {
        var load = PlanSamples.Load(text, file);
        var check = PlanCheck.Of(load);
        var shown = PlanText.Render(check.Problems);
        return (load.Plan is null) == load.Problems.Any(p => p.Severity == ProblemSeverity.Error)
            && load.Problems.All(p => p.Line >= 0 && p.Column >= 0)
            && !shown.Any(c => char.IsControl(c) && c != '\n');
    }

    private static string Mutate(int[] dice)
    {
        var text = new StringBuilder(Seed);
        foreach (var roll in dice)
        {
            var at = roll % text.Length;
            switch (roll / text.Length % 4)
            {
                case 0:
                    text.Remove(at, 1);
                    break;
                case 1:
                    text.Insert(at, "\n\t:-[]{}&*!|>'\"%@#?,$~0é"[roll / 7 % 24]);
                    break;
                case 2:
                    text.Insert(at, text.ToString(at / 2, Math.Min(20, text.Length - (at / 2))));
                    break;
                default:
                    text[at] = (char)(32 + (roll / 11 % 95));
                    break;
            }
        }
        return text.ToString();
    }
}
