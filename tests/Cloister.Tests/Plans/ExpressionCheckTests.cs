namespace Cloister.Tests.Plans;

public sealed class ExpressionCheckTests
{
    [Theory]
    [InlineData("prompt: \"${{ inputs.q }}\"", "q: the plan has no input \"q\"")]
    [InlineData("prompt: \"${{ inputs }}\"", "inputs: inputs alone has no value")]
    [InlineData("prompt: \"${{ inputs.p.x }}\"", "x: inputs.p has nothing inside")]
    [InlineData("prompt: \"${{ secrets.X }}\"", "secrets: \"secrets\" is not known")]
    [InlineData("prompt: \"${{ run.id }} ${{ run.x }}\"", "x: run has no \"x\"")]
    [InlineData("prompt: \"${{ tasks.z.summary }}\"", "z: the plan has no task \"z\"")]
    [InlineData("prompt: \"${{ tasks.other.summary }}\"", "other: task \"a\" asks for task \"other\" without needing it")]
    [InlineData("prompt: \"${{ tasks.first.sumary }}\"", "sumary: of task \"first\" one can ask for result, summary, state")]
    [InlineData("prompt: \"${{ tasks.mid.result }}\"", "tasks.mid.result: task \"mid\" has no result")]
    [InlineData("prompt: \"${{ tasks.first.result.fils }}\"", "fils: the result of task \"first\" has no \"fils\"")]
    [InlineData("prompt: \"${{ matrix.x }}\"", "x: task \"a\" has no matrix axis \"x\"")]
    [InlineData("prompt: \"${{ always() }}\"", "always(): success(), failure() and always() are for if alone")]
    [InlineData("prompt: \"a ${{ inputs.p\"", "${{: ${{ is not closed with }}")]
    [InlineData("prompt: x\n    title: \"${{ tasks.first.summary }}\"", "tasks.first.summary: other tasks cannot be asked here: this is shown before they have ended")]
    [InlineData("prompt: x\n    if: \"${{ inputs.p = 'x' }}\"", "=: two values are compared with ==")]
    [InlineData("prompt: x\n    if: inputs.p === 'x'", "=: two values are compared with ==")]
    [InlineData("prompt: x\n    if: inputs.pp == 'x'", "pp: the plan has no input \"pp\"")]
    [InlineData("prompt: x\n    matrix: { f: \"${{ tasks.first.result.files }}\" }\n    if: matrix.f == 'x'", "matrix.f: matrix has no values here: this is decided before the copies are made")]
    [InlineData("prompt: x\n    files: [ok, \"${{ inputs.q }}\"]", "q: the plan has no input \"q\"")]
    public void a_name_that_means_nothing_is_found_before_anything_runs(string lines, string underlined) =>
        Assert.Equal([$"plan.expression {underlined}"], Underlined(Plan(lines)));

    [Theory]
    [InlineData("prompt: \"${{ tasks.first.result.files[0] }} ${{ tasks.mid.summary }} ${{ goal }} ${{ run.id }}\"")]
    [InlineData("prompt: x\n    if: always() && tasks.first.state == 'failed'")]
    [InlineData("prompt: \"$${{ secrets.X }}\"")]
    [InlineData("prompt: \"${{ matrix.f.anything[0] }}\"\n    title: \"${{ matrix.f }} ${{ inputs.p }}\"\n    matrix: { f: \"${{ tasks.first.result.files }}\" }")]
    public void names_that_will_have_a_value_pass(string lines) => PlanSamples.Good(Plan(lines));

    [Fact]
    public void a_problem_inside_a_block_is_underlined_in_its_own_line()
    {
        var text = Plan("prompt: |\n      First ${{ inputs.p }}.\n\n      Then ${{ inputs.q }}\n      and ${{ inputs.r }}.");
        Assert.Equal(["plan.expression q: the plan has no input \"q\"", "plan.expression r: the plan has no input \"r\""], Underlined(text));
    }

    [Fact]
    public void a_context_for_all_tasks_asks_for_none() =>
        Assert.Equal(
            ["plan.expression tasks.a.summary: other tasks cannot be asked here: this is shown before they have ended"],
            Underlined("context: [\"${{ tasks.a.summary }}\"]\ntasks: {a: {prompt: x}}"));

    private static string[] Underlined(string text) =>
        [.. PlanSamples.Load(text).Problems.Select(p => $"{p.Code} {p.SourceLine!.Substring(p.Column - 1, p.Length)}: {p.Message}")];

    private static string Plan(string lines) =>
        $$$"""
        inputs: { p: { default: x } }
        tasks:
          first: { prompt: x, result: { type: object, properties: { files: { type: array, items: { type: string } } } } }
          mid: { prompt: x, needs: first }
          other: { prompt: x }
          a:
            {{{lines}}}
            needs: [mid]
        """;
}
