using System.Text.Json;
using Cloister.EndToEnd.Tests.Rehearsal;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Mcp;

/// <summary>The real <c>claude</c> is the client and the agents: several tasks at once, in the words of either set of tools.</summary>
public sealed class OuterClaudeTests
{
    // Outer rules come first: what tools answer may tell of inner prompts.
    private const string Planned = """
        version: 1
        rules:
          - when: { prompt: as a plan }
            steps:
              - { tool: mcp__cloister__plan_run, input: { goal: Three files, tasks: [{ id: one, prompt: Write one.txt }, { id: two, prompt: Write two.txt }, { id: colour, prompt: Paint colour.txt }] } }
          - when: { prompt: as a plan, toolResult: '/"needs_you":\s*\[\s*\{/' }
            answer: { tool: mcp__cloister__answer, input: { question: "${toolResult:needs_you[0].q}", text: blue } }
          - when: { prompt: as a plan, toolResult: '/"counts":\s*\{\s*"review":\s*3\s*\}/' }
            steps:
              - { tool: mcp__cloister__read, input: { ref: "${toolResult:mcp__cloister__plan_run:run}/colour", what: summary } }
              - { tool: mcp__cloister__merge, input: { refs: ["${toolResult:mcp__cloister__plan_run:run}"], mode: branch } }
              - "Merged: ${lastToolResult}"
          - when: { prompt: as a plan, toolResult: '/"(question|counts|run)":/' }
            answer: { tool: mcp__cloister__check, input: { refs: ["${toolResult:mcp__cloister__plan_run:run}"], wait_s: 20 } }
          - when: { prompt: Paint colour.txt }
            steps:
              - { tool: mcp__cloister__ask, input: { question: Which colour?, options: [red, blue] } }
              - { tool: Bash, input: { command: "echo '${lastToolResult}' > colour.txt", description: Paint } }
              - It is painted.
          - when: { prompt: '/Write (\w+\.txt)/' }
            steps:
              - { tool: Write, input: { file_path: "${1}", content: "hello\n" } }
              - wrote ${1}

        """;

    private const string OldNames = """
        version: 1
        rules:
          - when: { prompt: the old way }
            steps:
              - tool: mcp__cloister__orchestrator_plan_task
                input:
                  description: Build both
                  complexity_level: moderate
                  subtasks_json: '[{"title":"One","description":"Write one.txt","specialist_type":"implementer"},{"title":"Two","description":"Write two.txt","specialist_type":"implementer"}]'
              - { tool: mcp__cloister__orchestrator_execute_subtask_isolated, input: { task_id: "${toolResult:mcp__cloister__orchestrator_plan_task:subtasks[0].task_id}", parallel_execution: true } }
              - { tool: mcp__cloister__orchestrator_execute_subtask_isolated, input: { task_id: "${toolResult:mcp__cloister__orchestrator_plan_task:subtasks[1].task_id}", parallel_execution: true } }
          - when: { prompt: the old way, toolResult: '/"task_id":\s*"r1.two"[^}]*"status":\s*"completed"/' }
            steps:
              - { tool: mcp__cloister__orchestrator_synthesize_results, input: { parent_task_id: "${toolResult:mcp__cloister__orchestrator_plan_task:task_id}" } }
              - "Summed up: ${toolResult:status}, ${toolResult:results.files[0]}, ${toolResult:results.files[1]}"
          # The second is looked at once the first is done; before, the first again and again.
          - when: { prompt: the old way, toolResult: '/"task_id":\s*"r1.one"[^}]*"status":\s*"completed"/' }
            answer: { tool: mcp__cloister__orchestrator_monitor_isolated_execution, delay: 300ms, input: { session_id: "${toolResult:mcp__cloister__orchestrator_execute_subtask_isolated#2:session_id}", action: status } }
          - when: { prompt: the old way, toolResult: '/"status":\s*"(starting|running)"/' }
            answer: { tool: mcp__cloister__orchestrator_monitor_isolated_execution, delay: 300ms, input: { session_id: "${toolResult:mcp__cloister__orchestrator_execute_subtask_isolated#1:session_id}", action: status } }
          - when: { prompt: '/Write (\w+\.txt)/' }
            steps:
              - { tool: Write, input: { file_path: "${1}", content: "hello\n" } }
              - wrote ${1}

        """;

    [Fact]
    public async Task a_conversation_plans_three_tasks_answers_one_reads_and_merges_all()
    {
        await using var repository = await TestRepository.CreateAsync();
        var said = await SayAsync(repository, Planned, "Do it as a plan.");

        Assert.StartsWith("Merged: ", said, StringComparison.Ordinal);
        using var merged = JsonDocument.Parse(said["Merged: ".Length..]);
        Assert.Equal(["r1/colour", "r1/one", "r1/two"], merged.RootElement.GetProperty("merged").EnumerateArray().Select(task => task.GetString()!).Order(StringComparer.Ordinal));
        var branch = merged.RootElement.GetProperty("branch").GetString();
        Assert.Equal(["hello", "hello"], [await repository.GitAsync("show", $"{branch}:one.txt"), await repository.GitAsync("show", $"{branch}:two.txt")]);
        Assert.Contains("blue", await repository.GitAsync("show", $"{branch}:colour.txt"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_conversation_plans_executes_watches_and_sums_up_by_the_old_names()
    {
        await using var repository = await TestRepository.CreateAsync();
        Assert.Equal("Summed up: completed, one.txt, two.txt", await SayAsync(repository, OldNames, "Do it the old way.", "--tools", "compat"));
    }

    private static async Task<string> SayAsync(TestRepository repository, string scenario, string prompt, params string[] arguments)
    {
        await using var model = await RehearsalServer.StartAsync(Scenario.Parse(scenario, "outer"), cancellationToken: TestContext.Current.CancellationToken);
        var outer = await OuterClaude.ConverseAsync(repository, model, prompt, arguments);
        Assert.True(outer.ExitCode == 0, $"{outer}\n{OuterClaude.Said(model)}");
        return JsonSerializer.Deserialize<JsonElement>(outer.Output.TrimEnd('\n').Split('\n')[^1]).GetProperty("result").GetString()!;
    }
}
