using System.Text.Json.Nodes;
using Cloister.Runs;
using Cloister.Server.Mcp;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Server.Mcp;

/// <summary>The tools over a real engine with scripted agents.</summary>
public sealed class ToolTests : IAsyncLifetime
{
    private readonly EngineRig _rig = new();
    private McpRig _client = null!;

    public async ValueTask InitializeAsync()
    {
        await _rig.OpenAsync();
        _client = new McpRig(DeskOf(_rig));
        await _client.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _rig.DisposeAsync();
    }

    internal static McpDesk DeskOf(EngineRig rig, IOrchestrator? orchestrator = null) => new()
    {
        Orchestrator = orchestrator ?? rig.Engine,
        Project = rig.Project,
        Environment = new Dictionary<string, string>(StringComparer.Ordinal),
        Time = rig.Clock,
    };

    [Fact]
    public async Task an_agent_is_spawned_and_its_end_is_seen()
    {
        var spawned = await _client.DataAsync("spawn_agent", """{"prompt":"Add a health endpoint","name":"health"}""");
        await _rig.UntilFinishedAsync(new RunId(1));

        var seen = await _client.DataAsync("check", """{"refs":["r1/health"],"wait_s":5}""");

        Assert.Equal("""{"task":"r1/health","state":"queued","session":"r1-health"}""", spawned.ToJsonString());
        Assert.Equal("""[{"ref":"r1/health","state":"review","line":"done"}]""", Without(seen["changed"]!, "reason"));
        Assert.Equal("""{"review":1}""", seen["counts"]!.ToJsonString());
    }

    [Fact]
    public async Task the_same_tool_use_sent_again_starts_nothing_new()
    {
        var call = McpRig.Parameters("spawn_agent", """{"prompt":"Say hello"}""");
        call["_meta"] = JsonNode.Parse("""{"claudecode/toolUseId":"toolu_1"}""");

        var first = await _client.CallAsync("tools/call", (JsonObject)call.DeepClone());
        var second = await _client.CallAsync("tools/call", call);

        Assert.Equal(first["result"]!["structuredContent"]!["task"]!.GetValue<string>(), second["result"]!["structuredContent"]!["task"]!.GetValue<string>());
        Assert.Single(await _rig.Engine.ListAsync(all: true, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task agents_are_listed_with_what_they_may_do()
    {
        var agents = (await _client.DataAsync("list_agent_types"))["agents"]!.AsArray();

        var known = agents.ToDictionary(agent => agent!["name"]!.GetValue<string>(), agent => agent!["writes"]!.GetValue<bool>());
        Assert.Equal((true, false, false), (known["coder"], known["Explore"], known["reviewer"]));
        Assert.All(agents, agent => Assert.InRange(agent!["description"]!.GetValue<string>().Length, 1, 80));
    }

    [Theory]
    [InlineData("spawn_agent", """{"promt":"x"}""", "spawn_agent knows no \"promt\". did you mean \"prompt\"? [tool.argument]")]
    [InlineData("spawn_agent", "{}", "spawn_agent wants prompt. give it and call again [tool.argument]")]
    [InlineData("spawn_agent", """{"prompt":7}""", "spawn_agent.prompt has to be a text, not 7. correct it and call again [tool.argument]")]
    [InlineData("spawn_agent", """{"prompt":"x","agent":"codr"}""", "there is no agent \"codr\". did you mean \"coder\"? [agent.unknown]")]
    [InlineData("control", """{"ref":"r1","action":"explode"}""", "control.action is \"explode\". one of: send, pause, resume, stop, retry, extend [tool.argument]")]
    [InlineData("check", """{"refs":["r9"]}""", "there is no run r9. check lists them [run.unknown]")]
    [InlineData("check", """{"wait_s":-4}""", "wait_s is -4, and nobody waits less than 0 seconds. correct it and call again [tool.argument]")]
    [InlineData("answer", """{"question":"r1","text":"x"}""", "\"r1\" is not a question. give one such as q12; check lists those that wait under needs_you [ref.kind]")]
    public async Task a_wrong_call_is_told_what_to_do(string tool, string arguments, string said) =>
        Assert.Equal(said, await _client.RefusalAsync(tool, arguments));

    [Fact]
    public async Task numbers_in_quotes_are_taken_for_numbers() =>
        await _client.DataAsync("spawn_agent", """{"prompt":"x","budget_usd":"2.5","timeout_minutes":"30","model":null}""");

    [Theory]
    [InlineData("stop", "stopping")]
    [InlineData("pause", "pausing")]
    public async Task what_still_ends_its_work_is_told_so(string action, string state)
    {
        var mayEnd = new TaskCompletionSource();
        _rig.Backend.For("slow", async agent =>
        {
            await mayEnd.Task;
            return agent.Succeed("done");
        });
        await _client.DataAsync("spawn_agent", """{"prompt":"x","name":"slow"}""");
        await _rig.UntilAsync(new Cloister.Runs.RunId(1), run => run.Tasks["slow"].State == Cloister.Runs.TaskState.Working);

        var told = await _client.DataAsync("control", $$"""{"ref":"r1/slow","action":"{{action}}"}""");
        mayEnd.SetResult();

        Assert.Equal(state, (string?)told["state"]);
    }

    [Fact]
    public async Task a_task_that_changed_nothing_is_merged_without_an_error()
    {
        await using var client = new McpRig(DeskOf(_rig, new Cloister.Tests.Cli.MadeUpOrchestrator()));
        await client.InitializeAsync();

        var told = await client.DataAsync("merge", """{"refs":["r7/callers"],"mode":"branch"}""");

        Assert.Equal("nothing to merge: r7/callers changed nothing", (string?)told["next"]);
    }

    private static string Without(JsonNode list, string key)
    {
        foreach (var item in list.AsArray())
            item!.AsObject().Remove(key);
        return list.ToJsonString();
    }
}
