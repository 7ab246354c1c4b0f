using System.Text.Json;
using Cloister.Plans;

namespace Cloister.Tests.Plans;

public sealed class LoadingTests
{
    [Fact]
    public void the_smallest_plan_is_complete()
    {
        var plan = PlanSamples.Good(
            """
            tasks:
              a: { prompt: Add a health endpoint. }
              b: { prompt: Document it., needs: a }
            """);
        var a = Tasks.Some with { Id = "a", Title = "a", Prompt = "Add a health endpoint." };
        var b = Tasks.Some with { Id = "b", Title = "b", Prompt = "Document it.", Needs = ["a"] };
        Same(new Plan(1, "a", null, null, [], [], [], [], null, null, TaskDefaults.Standard, [a, b], new PlanMerge()), plan);
    }

    [Fact]
    public void a_task_has_the_defaults_of_its_plan_and_its_own_words_win()
    {
        var plan = PlanSamples.Good(
            """
            context: [docs/a.md]
            setup: dotnet restore
            checks: [dotnet build, dotnet test]
            defaults: { agent: reviewer, model: sonnet, timeout: 1h30m, budget: 2.50, retries: 0, workspace: directory, permissionMode: auto,
                        approve: never, continueOnError: true, maxTurns: 7, instructions: false, onNoAnswer: wait }
            tasks:
              a: { prompt: x, context: [b.md, docs/a.md] }
              b: { prompt: x, agent: coder, model: opus, timeout: 90s, budget: 1, retries: 2, workspace: worktree, permissionMode: plan,
                   approve: merge, continueOnError: false, maxTurns: 8, instructions: true, setup: make, checks: [] }
            """);
        var a = new PlanTask(
            "a", "a", "x", [], [], null, "reviewer", "sonnet", TimeSpan.FromMinutes(90), 2.50m, 0, [], ["docs/a.md", "b.md"], TaskWorkspace.Directory, AllowWrites: false,
            "auto", Approval.Never, null, [], ContinueOnError: true, ["dotnet restore"], ["dotnet build", "dotnet test"], 7, Instructions: false, NoAnswer.Wait);
        var b = new PlanTask(
            "b", "b", "x", [], [], null, "coder", "opus", TimeSpan.FromSeconds(90), 1m, 2, [], ["docs/a.md"], TaskWorkspace.Worktree, AllowWrites: false,
            "plan", Approval.Merge, null, [], ContinueOnError: false, ["make"], [], 8, Instructions: true, NoAnswer.Wait);
        Same(a, plan.Tasks[0]);
        Same(b, plan.Tasks[1]);
    }

    [Fact]
    public void tasks_that_only_read_get_no_setup_and_no_checks_from_the_plan()
    {
        var plan = PlanSamples.Good("setup: s\nchecks: c\ntasks: {a: {prompt: x, agent: Explore, workspace: current}, b: {prompt: x, permissionMode: plan}, c: {prompt: x}}");
        Assert.Equal(["", "", "s,c"], plan.Tasks.Select(t => string.Join(',', t.Setup.Concat(t.Checks))));
    }

    [Fact]
    public void values_have_the_type_of_their_key_and_not_of_their_looks()
    {
        var plan = PlanSamples.Good(
            """
            name: 012
            goal: no
            inputs: { on: { type: boolean, default: true }, country: { default: no }, n: { type: number, default: 1.50 } }
            tasks:
              1e3: { title: 2026-01-01, prompt: 0x10, matrix: { v: [8.0, no, 012, 1_000, true] }, if: true }
              no: { prompt: yes, needs: [1e3], model: 1.0, budget: 3 }
            """);
        var (first, second) = (plan.Tasks[0], plan.Tasks[1]);
        Assert.Equal(["012", "no", "1e3", "2026-01-01", "0x10", "true", "no", "yes", "1e3", "1.0"],
            [plan.Name, plan.Goal!, first.Id, first.Title, first.Prompt, first.If!, second.Id, second.Prompt, second.Needs[0], second.Model!]);
        Assert.Equal(["8.0", "no", "012", "1_000", "true"], first.Matrix[0].Values!);
        Assert.Equal(["true", "\"no\"", "1.50"], plan.Inputs.Select(i => i.Default!.Value.GetRawText()));
    }

    [Fact]
    public void json_and_yaml_give_the_same_plan()
    {
        const string Json = """
            {"name":"x","budget":12.5,"tasks":{"a":{"prompt":"one\ntwo","needs":[],"timeout":"5m","retries":3,"continueOnError":true,
             "result":{"type":"object","properties":{"n":{"type":"integer","enum":[1,2]},"s":{"enum":["no",null]}}}}}}
            """;
        const string Yaml = """
            name: x
            budget: 12.5
            tasks:
              a:
                prompt: |-
                  one
                  two
                timeout: 5m
                retries: 3
                continueOnError: true
                result: { type: object, properties: { n: { type: integer, enum: [1, 2] }, s: { enum: [no, null] } } }
            """;
        Same(PlanSamples.Good(Yaml), PlanSamples.Load(Json, "a.plan.json").Plan!);
        Same(PlanSamples.Good(Yaml), PlanSamples.Load(Json, file: null).Plan!);
    }

    [Fact]
    public void keys_in_kebab_or_snake_case_count_with_a_note_and_x_keys_are_free()
    {
        var load = PlanSamples.Load("x-mine: [1]\ntasks:\n  a: {prompt: x, max-turns: 5, permission_mode: plan, x-note: {a: b}}\n");
        Assert.Equal((5, "plan"), (load.Plan!.Tasks[0].MaxTurns, load.Plan.Tasks[0].PermissionMode));
        Assert.Equal(["note \"max-turns\" is written \"maxTurns\" in a plan", "note \"permission_mode\" is written \"permissionMode\" in a plan"],
            load.Problems.Select(p => $"{p.Severity.ToString().ToLowerInvariant()} {p.Message}"));
    }

    [Fact]
    public void a_plan_in_the_journal_reads_back_as_it_was()
    {
        var plan = PlanSamples.Good(
            """
            goal: g
            base: main
            inputs: { p: { type: choice, options: [a, b], default: a, description: d } }
            concurrency: 3
            budget: 1.5
            tasks:
              a: { prompt: x, result: { type: object, properties: { f: { type: array } } }, budget: 0.01 }
              m: { prompt: "${{ matrix.f }}", needs: a, after: [], if: success(), matrix: { f: "${{ tasks.a.result.f }}", g: [x, y] }, files: [a/**] }
            merge: { into: x/y, mode: auto, strategy: merge }
            """);
        var json = JsonSerializer.Serialize(plan);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<Plan>(json)));
        Assert.Contains("\"mode\":\"auto\",\"strategy\":\"merge\",\"onConflict\":\"ask\"", json, StringComparison.Ordinal);
        Assert.Contains("\"timeout\":\"00:30:00\"", json, StringComparison.Ordinal);
    }

    // Records compare their lists by identity; their JSON holds every member.
    private static void Same<T>(T expected, T actual) => Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(actual));
}
