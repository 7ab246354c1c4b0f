using System.Globalization;
using Cloister.Plans;

namespace Cloister.Tests.Plans;

public sealed class PlanCheckTests
{
    [Fact]
    public void a_good_plan_is_shown_in_waves()
    {
        var load = PlanSamples.Load(
            """
            budget: 12
            tasks:
              schema: { prompt: x }
              callers: { prompt: x, result: { type: object, properties: { files: { type: array } } } }
              api: { prompt: x, needs: schema }
              ui: { prompt: x, after: [schema] }
              migrate: { prompt: x, needs: [api, callers], matrix: { f: "${{ tasks.callers.result.files }}" } }
              nine: { prompt: x, matrix: { a: [1, 2, 3], b: [x, y, z] } }
            """);
        Assert.Equal(
            """
            plan ok: 6 tasks, 3 waves, as many copies as the run finds of migrate, 9 copies of nine
              wave 1  schema, callers, nine ×n
              wave 2  api, ui
              wave 3  migrate ×n
              cap     $12.00 for the run

            """,
            PlanText.Render(PlanCheck.Of(load), load.Plan!));
    }

    [Fact]
    public void tasks_that_may_write_the_same_files_at_the_same_time_are_named() => Assert.Equal(
        ["Note plan.overlap 3:26 tasks \"a\" and \"b\" may write the same files at the same time: src/Auth/** and src/Auth/Login.cs"],
        Check(
            """
            tasks:
              a: { prompt: x, files: [src/Auth/**, docs] }
              b: { prompt: x, files: [tests/x, src/Auth/Login.cs] }
              c: { prompt: x, files: "src/Auth/**", needs: [a, b] }
              d: { prompt: x, files: ["${{ goal }}/**"] }
            """));

    [Fact]
    public void a_hundred_overlaps_are_not_a_hundred_notes()
    {
        var notes = Check("tasks:\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"  t{i}: {{ prompt: x, files: src }}\n")));
        Assert.Equal(21, notes.Length);
        Assert.EndsWith("170 more pairs of tasks may write the same files", notes.Single(n => n.Contains("more pairs", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void a_task_of_one_small_file_costs_more_than_it_does() => Assert.Equal(
        ["Warning plan.small 3:3 task \"b\" is about one file; an agent reads about 16k tokens before it starts"],
        Check("tasks:\n  a: { prompt: x, files: src/** }\n  b: { prompt: Add the button., needs: a, files: src/Web/Login.razor }\n"));

    [Fact]
    public void a_plan_with_errors_has_no_waves_and_says_why()
    {
        var check = PlanCheck.Of(PlanSamples.Load("tasks: {a: {prompt: x, needs: b}}"));
        Assert.False(check.Ok);
        Assert.Empty(check.Waves);
        Assert.Equal("plan.needs", Assert.Single(check.Problems).Code);
    }

    [Fact]
    public void a_plan_of_a_thousand_tasks_is_checked_well_within_a_second()
    {
        var text = "inputs: {x: {default: a}}\ntasks:\n" + string.Concat(Enumerable.Range(0, 1_000).Select(Task));
        PlanCheck.Of(PlanSamples.Load(text));
        // Once is enough: other tests run on the same processors.
        Assert.Contains(Enumerable.Range(0, 10), _ =>
        {
            var start = TimeProvider.System.GetTimestamp();
            Assert.Equal(1_000, PlanCheck.Of(PlanSamples.Load(text)).Waves.Sum(w => w.Count));
            return TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(1);
        });

        static string Task(int i) => string.Create(
            CultureInfo.InvariantCulture,
            $"  t{i}:\n    title: Task {i}\n    prompt: Do number {i} with ${{{{ inputs.x }}}}.\n    needs: [{string.Join(", ", Enumerable.Range(Math.Max(0, i - 30), Math.Max(0, Math.Min(10, i - 20))).Select(n => $"t{n}"))}]\n    files: [src/F{i % 300}/**, tests/F{i}/*.cs]\n");
    }

    private static string[] Check(string text) =>
        [.. PlanCheck.Of(PlanSamples.Load(text)).Problems.Select(p => $"{p.Severity} {p.Code} {p.Line}:{p.Column} {p.Message}")];
}
