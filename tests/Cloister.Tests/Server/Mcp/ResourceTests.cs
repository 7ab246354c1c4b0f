using System.Text.Json.Nodes;
using Cloister.Runs;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Server.Mcp;

/// <summary>Resources, prompts, completion, and the versions of the protocol.</summary>
public sealed class ResourceTests : IAsyncLifetime
{
    private readonly EngineRig _rig = new();
    private McpRig _client = null!;

    public async ValueTask InitializeAsync()
    {
        await _rig.OpenAsync();
        _client = new McpRig(ToolTests.DeskOf(_rig));
        await _client.InitializeAsync();
        await _client.DataAsync("spawn_agent", """{"prompt":"x","name":"api"}""");
        await _rig.UntilFinishedAsync(new RunId(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _rig.DisposeAsync();
    }

    [Theory]
    [InlineData("cloister://r1", "# r1 api")]
    [InlineData("cloister://r1/api/summary", "# r1/api x")]
    [InlineData("cloister://r1/api/result", "done")]
    [InlineData("cloister://r1/api%231/log", "")]
    [InlineData("cloister://r1/api/transcript", "")]
    public async Task what_a_task_left_is_read_by_its_address(string uri, string begins)
    {
        var answer = await _client.CallAsync("resources/read", new JsonObject { ["uri"] = uri });
        Assert.StartsWith(begins, (string)answer["result"]!["contents"]![0]!["text"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cloister://r9")]
    [InlineData("cloister://r1/nobody/summary")]
    [InlineData("cloister://r1/api/secrets")]
    [InlineData("cloister://r1/api/artifacts/../../etc/passwd")]
    [InlineData("cloister://r1/..%2f..%2fetc/summary")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    public async Task an_address_of_nothing_is_an_error(string uri)
    {
        var answer = await _client.CallAsync("resources/read", new JsonObject { ["uri"] = uri });
        Assert.NotNull(answer["error"]);
    }

    [Fact]
    public async Task recent_runs_and_tasks_are_listed()
    {
        var listed = (await _client.CallAsync("resources/list"))["result"]!["resources"]!.AsArray().Select(resource => (string)resource!["uri"]!);
        var templates = (await _client.CallAsync("resources/templates/list"))["result"]!["resourceTemplates"]!.AsArray().Select(template => (string)template!["uriTemplate"]!);
        Assert.Equal(["cloister://r1", "cloister://r1/api/summary"], listed);
        Assert.Contains("cloister://{run}/{task}/artifacts/{name}", templates);
    }

    [Theory]
    [InlineData("run", "r", "{}", new[] { "r1" })]
    [InlineData("task", "", """{"run":"r1"}""", new[] { "api" })]
    [InlineData("task", "", """{"run":"r2"}""", new string[0])]
    [InlineData("nothing", "", "{}", new string[0])]
    public async Task places_of_an_address_are_completed(string argument, string value, string given, string[] values)
    {
        var answer = await _client.CallAsync("completion/complete", new JsonObject
        {
            ["ref"] = new JsonObject { ["type"] = "ref/resource", ["uri"] = "cloister://{run}/{task}/diff" },
            ["argument"] = new JsonObject { ["name"] = argument, ["value"] = value },
            ["context"] = new JsonObject { ["arguments"] = JsonNode.Parse(given) },
        });
        Assert.Equal(values, answer["result"]!["completion"]!["values"]!.AsArray().Select(one => (string)one!));
    }

    [Fact]
    public async Task every_agent_has_a_prompt()
    {
        var prompts = (await _client.CallAsync("prompts/list"))["result"]!["prompts"]!.AsArray().Select(prompt => (string)prompt!["name"]!).ToList();
        Assert.Superset(new HashSet<string>(["spawn-coder", "spawn-reviewer", "plan", "standup"], StringComparer.Ordinal), prompts.ToHashSet(StringComparer.Ordinal));

        var coder = await _client.CallAsync("prompts/get", new JsonObject { ["name"] = "spawn-coder", ["arguments"] = new JsonObject { ["task"] = "Add a health endpoint" } });
        Assert.EndsWith("Add a health endpoint", (string)coder["result"]!["messages"]![0]!["content"]!["text"]!, StringComparison.Ordinal);
        Assert.NotNull((await _client.CallAsync("prompts/get", new JsonObject { ["name"] = "spawn-nobody" }))["error"]);
        Assert.NotNull((await _client.CallAsync("prompts/get", new JsonObject { ["name"] = "plan" }))["error"]);
    }

    [Theory]
    [InlineData("2024-11-05", "2024-11-05")]
    [InlineData("2025-03-26", "2025-03-26")]
    [InlineData("2025-06-18", "2025-06-18")]
    [InlineData("2025-11-25", "2025-11-25")]
    [InlineData("1999-01-01", "2025-11-25")]
    public async Task every_version_of_the_protocol_is_spoken(string asked, string spoken)
    {
        await using var client = new McpRig(ToolTests.DeskOf(_rig));
        var hello = await client.InitializeAsync(asked);
        Assert.Equal((spoken, "cloister", "1.2.3"), ((string?)hello["result"]!["protocolVersion"], (string?)hello["result"]!["serverInfo"]!["name"], (string?)hello["result"]!["serverInfo"]!["version"]));
        Assert.Equal(8, (await client.CallAsync("tools/list"))["result"]!["tools"]!.AsArray().Count);
    }

    [Fact]
    public async Task a_version_that_nobody_knows_yet_is_told_those_that_are_known()
    {
        await using var client = new McpRig(ToolTests.DeskOf(_rig));
        var answer = await client.InitializeAsync("2099-01-01");
        Assert.Contains("2025-11-25", answer["error"]!["data"]!["supported"]!.AsArray().Select(version => (string)version!));
    }

    [Fact]
    public async Task the_newest_version_begins_without_a_greeting()
    {
        await using var client = new McpRig(ToolTests.DeskOf(_rig));
        var call = McpRig.Parameters("check", "{}");
        call["_meta"] = JsonNode.Parse("""{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}""");
        Assert.NotNull((await client.CallAsync("tools/call", call))["result"]!["structuredContent"]!["cursor"]);
    }

    [Fact]
    public async Task a_storm_of_nonsense_changes_nothing()
    {
        var random = new Random(4711);
        var seeds = new[]
        {
            """{"jsonrpc":"2.0","id":900,"method":"tools/call","params":{"name":"check","arguments":{"refs":["r1"]}}}""",
            """{"jsonrpc":"2.0","id":901,"method":"resources/read","params":{"uri":"cloister://r1"}}""",
            """{"jsonrpc":"2.0","id":902,"method":"tools/call","params":{"name":7,"arguments":[]}}""",
            """{"jsonrpc":"2.0","id":903,"method":"tools/call","params":[1,2]}""",
            """{"jsonrpc":"2.0","id":904,"method":"initialize","params":{"protocolVersion":7}}""",
            """{"jsonrpc":"2.0","id":905,"method":"completion/complete","params":{"ref":{"type":"x"},"argument":null}}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{"a":1}}}""",
            """{"jsonrpc":"2.0","method":"notifications/progress","params":{}}""",
            """{"jsonrpc":"2.0","id":12345,"result":{}}""",
            """{"jsonrpc":"2.0","id":"nobody","error":{"code":1,"message":"x"}}""",
        };
        for (var i = 0; i < 2_000; i++)
        {
            var line = seeds[random.Next(seeds.Length)].ToCharArray();
            for (var changes = random.Next(4); changes > 0; changes--)
                line[random.Next(line.Length)] = (char)random.Next(32, 127);
            await _client.SendAsync(new string(line));
        }

        Assert.Equal("done", (await _client.DataAsync("read", """{"ref":"r1","what":"result"}"""))["text"]!.GetValue<string>());
        Assert.Single(await _rig.Engine.ListAsync(all: true, TestContext.Current.CancellationToken));
    }
}
