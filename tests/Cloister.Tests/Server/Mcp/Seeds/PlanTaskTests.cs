using System.Text.Json.Nodes;
using Cloister.Runs;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary><c>orchestrator_plan_task</c>, both generations.</summary>
public sealed class PlanTaskTests : IAsyncLifetime
{
    private SeedRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await SeedRig.OpenAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task the_first_task_opens_a_board_and_the_next_ones_join_it()
    {
        var first = await SeedRig.PlanAsync(_rig.Client, "Schema", ""","specialist_type":"architect","task_type":"design","complexity":"moderate","estimated_effort":2,"due_date":"2026-12-01","context":"Postgres" """);
        await SeedRig.PlanAsync(_rig.Client, "API", ""","dependencies":["schema"],"parent_task_id":"r1/schema" """);

        Assert.Equal(("r1/schema", "waiting"), (SeedRig.Text(first, "task_id"), SeedRig.Text(first, "status")));
        var board = await _rig.BoardAsync();
        Assert.True(board.Board);
        var (schema, api) = (board.Tasks["schema"], board.Tasks["api"]);
        Assert.Equal((TaskState.Planned, "architect", "Do Schema\n\nContext:\nPostgres"), (schema.State, schema.Definition.Agent, schema.Definition.Prompt));
        Assert.Equal(
            ["complexity=moderate", "due_date=2026-12-01", "estimated_effort=2", "task_type=design"],
            schema.Definition.Notes.Select(note => $"{note.Key}={note.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(("schema", "schema"), (Assert.Single(api.Definition.Needs), api.Definition.Parent));
    }

    [Fact]
    public async Task answers_have_every_key_and_null_for_what_is_not_known()
    {
        var planned = await SeedRig.PlanAsync(_rig.Client, "Schema");
        Assert.Equal(
            """{"task_id":"r1/schema","session_id":null,"status":"waiting","mode":null,"fallback_reason":null,"workspace_path":null,"communication_dir":null,"results":{"summary":null,"files":[],"artifacts":[]},"metrics":{"context_tokens_used":null,"context_efficiency_score":null,"specialist_context_utilization":null,"isolation_effectiveness":null,"cost_usd":null,"seconds":null},"next_step":"orchestrator_execute_subtask_isolated or orchestrator_execute_task, task_id r1/schema"}""",
            planned.ToJsonString());
    }

    [Fact]
    public async Task the_older_generation_plans_a_whole_with_its_parts()
    {
        var list = JsonValue.Create("""[{"title":"Schema","description":"Write it","specialist_type":"architect"},{"title":"API","description":"Build it","specialist_type":"implementer","dependencies":["Schema"]},{"title":"Tests","specialist_type":"tester","dependencies":[0,1],"estimated_effort":"1h"}]""");
        var planned = await _rig.Client.DataAsync("orchestrator_plan_task", $$"""{"description":"Build the service\nin small steps","subtasks_json":{{list.ToJsonString()}},"complexity_level":"complex","context":"A shop"}""");

        Assert.Equal("r1/build-the-service", SeedRig.Text(planned, "task_id"));
        Assert.Equal(
            """[{"task_id":"r1/schema","title":"Schema","specialist_type":"architect","dependencies":[],"status":"waiting"},{"task_id":"r1/api","title":"API","specialist_type":"implementer","dependencies":["r1/schema"],"status":"waiting"},{"task_id":"r1/tests","title":"Tests","specialist_type":"tester","dependencies":["r1/schema","r1/api"],"status":"waiting"}]""",
            planned["subtasks"]!.ToJsonString());
        var board = await _rig.BoardAsync();
        Assert.All(board.TasksInOrder.Skip(1), part => Assert.Equal("build-the-service", part.Definition.Parent));
        Assert.Equal("complex", board.Tasks["build-the-service"].Definition.Notes["complexity"]);
    }

    [Theory]
    [InlineData("architect", "architect")]
    [InlineData("implementer", "implementer")]
    [InlineData("debugger", "debugger")]
    [InlineData("documenter", "documenter")]
    [InlineData("reviewer", "reviewer")]
    [InlineData("tester", "tester")]
    [InlineData("researcher", "researcher")]
    [InlineData("analyst", "researcher")]
    [InlineData("devops", "implementer")]
    [InlineData("coder-haiku", "coder-haiku")]
    public async Task a_specialist_is_an_agent_of_that_name_or_the_one_that_does_what_older_ones_did(string specialist, string agent)
    {
        await SeedRig.PlanAsync(_rig.Client, "Work", $""","specialist_type":"{specialist}" """);
        Assert.Equal(agent, (await _rig.TaskAsync("work")).Definition.Agent);
    }

    [Fact]
    public async Task the_same_call_sent_again_plans_nothing_twice()
    {
        var call = McpRig.Parameters("orchestrator_plan_task", """{"title":"Schema","description":"Write it"}""");
        call["_meta"] = JsonNode.Parse("""{"claudecode/toolUseId":"toolu_1"}""");
        var first = await _rig.Client.CallAsync("tools/call", (JsonObject)call.DeepClone());
        var second = await _rig.Client.CallAsync("tools/call", call);

        Assert.Equal(first["result"]!["structuredContent"]!.ToJsonString(), second["result"]!["structuredContent"]!.ToJsonString());
        Assert.Single((await _rig.BoardAsync()).Tasks);
    }

    [Fact]
    public async Task clients_that_plan_at_the_same_moment_plan_on_one_board_under_names_of_their_own()
    {
        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _rig.ClientAsync()));
        var planned = await Task.WhenAll(others.Select(client => SeedRig.PlanAsync(client, "Schema")));
        Assert.Equal(["r1/schema", "r1/schema-2", "r1/schema-3", "r1/schema-4"], planned.Select(one => SeedRig.Text(one, "task_id")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task when_everything_has_ended_a_new_board_begins()
    {
        await SeedRig.PlanAsync(_rig.Client, "Schema");
        await _rig.Client.DataAsync("orchestrator_complete_task", """{"task_id":"r1/schema","summary":"done","detailed_work":"x","next_action":"continue"}""");
        Assert.Equal("r2/api", SeedRig.Text(await SeedRig.PlanAsync(_rig.Client, "API"), "task_id"));
    }

    [Theory]
    [InlineData("""{"title":"A","description":" "}""", "description is empty. say what is to be done [tool.argument]")]
    [InlineData("""{"title":"A","description":"x","specialist_type":"architekt"}""", "there is no agent \"architekt\". did you mean \"architect\"? [agent.unknown]")]
    [InlineData("""{"title":"A","description":"x","dependencies":["b"]}""", "dependencies names \"b\", which is no task here. leave it out: nothing is planned yet [task.unknown]")]
    [InlineData("""{"description":"x","subtasks_json":"[{]"}""", "subtasks_json is broken JSON at line 1, column 3: [{]. correct it there and call again [tool.argument]")]
    [InlineData("""{"description":"x","subtasks_json":[{"title":"A","dependencies":["A"]}]}""", "these tasks wait for each other: a. leave one of their dependencies out [task.cycle]")]
    public async Task a_wrong_call_is_told_what_to_do(string arguments, string said) => Assert.Equal(said, await _rig.Client.RefusalAsync("orchestrator_plan_task", arguments));
}
