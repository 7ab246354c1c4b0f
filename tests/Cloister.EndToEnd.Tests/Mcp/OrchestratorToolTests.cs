using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Recovery;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp;

/// <summary>A whole story in the words of older orchestrators: the real command, the real claude inside, a rehearsed model.</summary>
public sealed class OrchestratorToolTests
{
    private const string Unused = "tasks: { a: { prompt: unused } }\n";

    private const string Scenario = """
        version: 1
        rules:
          - name: long, once more
            when: { prompt: Migrate everything, last: continue where you left off }
            answer: migrated
          - name: long
            when: { prompt: Migrate everything }
            steps:
              - { tool: mcp__cloister__report, input: { text: half of it } }
              - { tool: Bash, input: { command: "sleep 300", description: Work } }
          - name: writes
            when: { prompt: /Write (\w+\.txt)/ }
            steps:
              - { tool: Write, input: { file_path: "${1}", content: "hello\n" } }
              - text: wrote ${1}
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task a_project_is_planned_executed_watched_and_summed_up()
    {
        await using var stage = await Stage.SetAsync(Scenario, Unused);
        await using var client = await McpProcess.StartAsync(stage.Cloister, "--tools", "compat");
        Assert.Equal(8, (await client.CallAsync("tools/list"))["result"]!["tools"]!.AsArray().Count);

        await PlanAsync(client);
        await ExecuteAsync(client, stage);
        await WatchAsync(client);
        await DoOneHereAsync(client, stage);

        var whole = await client.ToolAsync("orchestrator_synthesize_results", """{"parent_task_id":"r1/build-the-service"}""");
        Assert.Equal("completed", Text(whole, "status"));
        Assert.Equal(["one.txt", "two.txt"], whole["results"]!["files"]!.AsArray().Select(file => (string)file!).Order(StringComparer.Ordinal));
        var status = await client.ToolAsync("orchestrator_get_status", """{"include_completed":true}""");
        Assert.All(status["tasks"]!.AsArray(), task => Assert.Equal("completed", (string?)task!["status"]));
        Assert.Equal(["backend"], status["sessions"]!.AsArray().Select(session => (string)session!["session_id"]!));
        var (code, errors) = await client.LeaveAsync();
        Assert.Equal((0, ""), (code, errors));
        Assert.Empty(client.Strays);
    }

    [Fact]
    public async Task where_there_is_no_claude_the_work_is_the_callers_and_the_reason_is_told()
    {
        await using var repository = await TestRepository.CreateAsync();
        var nowhere = repository.Cloister.With("PATH", "/usr/bin:/bin").With("CLOISTER_CLAUDE", null);
        await using var client = await McpProcess.StartAsync(nowhere, "--tools", "compat");
        await client.ToolAsync("orchestrator_plan_task", """{"title":"One","description":"Write one.txt","specialist_type":"implementer"}""");

        var taken = await client.ToolAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/one"}""");

        Assert.Equal(("waiting", "standard"), (Text(taken, "status"), Text(taken, "mode")));
        Assert.StartsWith("Claude Code is missing", Text(taken, "fallback_reason"), StringComparison.Ordinal);
        Assert.Contains("# Task Description\nWrite one.txt", (string?)taken["results"]!["summary"], StringComparison.Ordinal);
        repository.Write("one.txt", "hello\n");
        var done = await client.ToolAsync("orchestrator_complete_task", """{"task_id":"r1/one","summary":"wrote it","detailed_work":"hello","next_action":"continue","file_paths":["one.txt"]}""");
        Assert.Equal(("completed", "standard", Text(taken, "fallback_reason")), (Text(done, "status"), Text(done, "mode"), Text(done, "fallback_reason")));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task where_the_model_lets_nobody_in_the_work_is_the_callers_and_the_reason_is_told(int status)
    {
        var scenario = $$"""
            version: 1
            rules:
              - answer: { error: { status: {{status}}, message: refused } }
            """;
        await using var stage = await Stage.SetAsync(scenario, Unused);
        await using var client = await McpProcess.StartAsync(stage.Cloister, "--tools", "compat");
        await client.ToolAsync("orchestrator_plan_task", """{"title":"One","description":"Write one.txt","specialist_type":"implementer"}""");

        var taken = await client.ToolAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/one"}""");

        Assert.Equal(("waiting", "standard"), (Text(taken, "status"), Text(taken, "mode")));
        Assert.StartsWith("it is not permitted here", Text(taken, "fallback_reason"), StringComparison.Ordinal);
        Assert.Contains("# Task Description\nWrite one.txt", (string?)taken["results"]!["summary"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task killing_the_engine_and_then_the_client_under_an_execution_loses_nothing()
    {
        await using var stage = await Stage.SetAsync(Scenario, Unused);
        await using var first = await McpProcess.StartAsync(stage.Cloister, "--tools", "compat");
        await first.ToolAsync("orchestrator_plan_task", """{"title":"One","description":"Write one.txt","specialist_type":"implementer"}""");
        await first.ToolAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/one","parallel_execution":true}""");
        var waiting = first.ToolAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/one"}""");
        foreach (var engine in stage.Engines())
            ProcessTable.Kill(engine);
        Assert.Equal("completed", Text(await waiting, "status"));
        first.Kill();

        await using var second = await McpProcess.StartAsync(stage.Cloister);
        var again = await second.ToolAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/one"}""");
        Assert.Equal(("completed", "wrote one.txt"), (Text(again, "status"), (string?)again["results"]!["summary"]));
        await stage.Oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));
    }

    // Both generations: a whole with parts at once, and one more that follows from them.
    private static async Task PlanAsync(McpProcess client)
    {
        var list = JsonValue.Create("""[{"title":"One","description":"Write one.txt","specialist_type":"implementer"},{"title":"Two","description":"Write two.txt","specialist_type":"implementer","dependencies":["One"]},{"title":"Long","description":"Migrate everything","specialist_type":"debugger"}]""");
        var planned = await client.ToolAsync("orchestrator_plan_task", $$"""{"description":"Build the service","subtasks_json":{{list.ToJsonString()}},"complexity_level":"moderate"}""");
        Assert.Equal(3, planned["subtasks"]!.AsArray().Count);
        var more = await client.ToolAsync("orchestrator_plan_task", """{"title":"Docs","description":"Describe it","specialist_type":"documenter","parent_task_id":"r1/build-the-service","dependencies":["r1/two"]}""");
        Assert.Equal(("r1/docs", "waiting"), (Text(more, "task_id"), Text(more, "status")));
    }

    // At once and waited for, both in the named session, whose workspace is kept between them.
    private static async Task ExecuteAsync(McpProcess client, Stage stage)
    {
        await client.ToolAsync("orchestrator_spawn_isolated_session", """{"session_id":"backend","specialist_type":"implementer","workspace_config":{"context_preservation":"task"}}""");
        var begun = await client.ToolAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/one","parallel_execution":true,"claude_code_workspace":"persistent"}""");
        Assert.Equal(("backend", "isolated"), (Text(begun, "session_id"), Text(begun, "mode")));
        var one = await UntilAsync(client, "backend", "completed");
        Assert.Equal(("r1/one", "wrote one.txt"), (Text(one, "task_id"), (string?)one["results"]!["summary"]));

        var two = await client.ToolAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/two","claude_code_workspace":"persistent"}""");
        Assert.Equal(("completed", Text(one, "workspace_path")), (Text(two, "status"), Text(two, "workspace_path")));
        Assert.True(Directory.Exists(Path.Combine(stage.Repository.StateFolder, "isolation", "sessions", "backend")), "the session has a folder");
        Assert.InRange((long)two["metrics"]!["context_tokens_used"]!, 1, 200_000);
        Assert.True((decimal)two["metrics"]!["cost_usd"]! > 0);
    }

    // Looked at, ended in the middle of its work, and let go on.
    private static async Task WatchAsync(McpProcess client)
    {
        await client.ToolAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/long","parallel_execution":true}""");
        await UntilAsync(client, "r1-long", "running");
        var progress = await Eventually.SeeAsync("the report", Patience, async () =>
            await client.ToolAsync("orchestrator_monitor_isolated_execution", """{"session_id":"r1-long","action":"progress"}""") is var seen
            && ((string)seen["results"]!["summary"]!).Contains("- half of it", StringComparison.Ordinal) ? (string)seen["results"]!["summary"]! : null);
        Assert.Contains("context: ", progress, StringComparison.Ordinal);
        await Eventually.BeTrueAsync("the command in the log", Patience, async () =>
            ((string)(await client.ToolAsync("orchestrator_monitor_isolated_execution", """{"session_id":"r1-long","action":"logs"}"""))["results"]!["summary"]!).Contains("sleep 300", StringComparison.Ordinal));

        var killed = await client.ToolAsync("orchestrator_monitor_isolated_execution", """{"session_id":"r1-long","action":"kill"}""");
        Assert.Equal("failed", Text(killed, "status"));
        await client.ToolAsync("orchestrator_monitor_isolated_execution", """{"session_id":"r1-long","action":"resume","auto_recovery":false,"timeout_handling":"extend"}""");
        Assert.Equal("migrated", (string?)(await UntilAsync(client, "r1-long", "completed"))["results"]!["summary"]);
    }

    private static async Task DoOneHereAsync(McpProcess client, Stage stage)
    {
        var taken = await client.ToolAsync("orchestrator_execute_task", """{"task_id":"r1/docs"}""");
        Assert.Equal(("standard", stage.Repository.Project), (Text(taken, "mode"), Text(taken, "workspace_path")));
        Assert.Contains("# Agent Role: documenter", (string?)taken["results"]!["summary"], StringComparison.Ordinal);
        Assert.Contains("> wrote two.txt", (string?)taken["results"]!["summary"], StringComparison.Ordinal);
        var done = await client.ToolAsync("orchestrator_complete_task", """{"task_id":"r1/docs","summary":"described","detailed_work":"# The service","next_action":"continue"}""");
        Assert.Equal(("completed", "standard"), (Text(done, "status"), Text(done, "mode")));
        var text = await client.ToolAsync("read", """{"ref":"r1/docs","what":"result","path":"detailed_work.md"}""");
        Assert.Equal("# The service", (string?)text["text"]);
    }

    private static Task<JsonObject> UntilAsync(McpProcess client, string session, string status) => Eventually.SeeAsync(
        $"{session} to be {status}",
        Patience,
        async () => await client.ToolAsync("orchestrator_monitor_isolated_execution", $$"""{"session_id":"{{session}}","action":"status"}""") is var seen && Text(seen, "status") == status ? seen : null);

    private static string? Text(JsonObject data, string name) => (string?)data[name];
}
