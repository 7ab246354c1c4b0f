using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Recovery;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp.Clients;

/// <summary>The official inspector as the client: nothing of ours between it and the server.</summary>
public sealed class InspectorTests
{
    private const string Scenario = """
        version: 1
        rules:
          - name: writes
            when: { prompt: /write (\w+)/i }
            steps:
              - { tool: Write, input: { file_path: "${1}.txt", content: "hello\n" } }
              - text: written
        """;

    // What the inspector ends with when a tool answers that it failed, and when it is not let in.
    private const int ToolFailed = 5, NotLetIn = 3;

    /// <summary>The ways of the server, each with an older generation of the protocol and the newest.</summary>
    public static TheoryData<string, string> Ways => new() { { "stdio", "legacy" }, { "http", "modern" } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task everything_a_client_can_ask_for_is_answered(string way, string era)
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: unused } }\n");
        await using var http = way == "http" ? await ServedHttp.StartAsync(stage.Cloister) : null;

        var spawned = McpClients.ResultOf(await AskAsync(Call("spawn_agent", """{"prompt":"write note","name":"note"}""")));
        var ended = McpClients.ResultOf(await AskAsync(Call("check", """{"refs":["r1"],"wait_s":40}""")));
        var failed = await AskAsync(Call("read", """{"ref":"r1/nobody","what":"diff"}"""));
        var wrong = await AskAsync(Call("read", """{"ref":"r1","what":"everything"}"""));
        var resources = McpClients.ResultOf(await AskAsync(["--method", "resources/list"]));
        var diff = McpClients.ResultOf(await AskAsync(["--method", "resources/read", "--uri", "cloister://r1/note/diff"]));
        var templates = McpClients.ResultOf(await AskAsync(["--method", "resources/templates/list"]));
        var prompts = McpClients.ResultOf(await AskAsync(["--method", "prompts/list"]));
        var prompt = McpClients.ResultOf(await AskAsync(["--method", "prompts/get", "--prompt-name", "plan", "--prompt-args", "goal=Add a health endpoint"]));

        Assert.Equal("r1/note", (string?)spawned["structuredContent"]!["task"]);
        Assert.Equal("review", (string?)ended["structuredContent"]!["changed"]![0]!["state"]);
        Assert.Equal([ToolFailed, ToolFailed], new[] { failed.ExitCode, wrong.ExitCode });
        Assert.Contains("note", failed.Output + failed.Errors, StringComparison.Ordinal);
        Assert.Contains("summary", wrong.Output + wrong.Errors, StringComparison.Ordinal);
        Assert.Equal(["cloister://r1", "cloister://r1/note/summary"], Values(resources["resources"], "uri"));
        Assert.Contains("+hello", (string)diff["contents"]![0]!["text"]!, StringComparison.Ordinal);
        Assert.Contains("cloister://{run}/{task}/transcript", Values(templates["resourceTemplates"], "uriTemplate"));
        Assert.Contains("standup", Values(prompts["prompts"], "name"));
        Assert.EndsWith("Add a health endpoint", (string)prompt["messages"]![0]!["content"]!["text"]!, StringComparison.Ordinal);
        await stage.Oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));

        Task<CommandOutcome> AskAsync(IEnumerable<string> request) => McpClients.InspectAsync(stage.Cloister, http, ["--protocol-era", era, .. request]);
    }

    [Theory]
    [InlineData("stdio", "legacy")]
    [InlineData("stdio", "auto")]
    [InlineData("stdio", "modern")]
    [InlineData("http", "legacy")]
    [InlineData("http", "auto")]
    [InlineData("http", "modern")]
    public async Task tools_are_listed_without_a_complaint_about_their_schemas(string way, string era)
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var http = way == "http" ? await ServedHttp.StartAsync(repository.Cloister) : null;

        var list = await McpClients.InspectAsync(repository.Cloister, http, "--protocol-era", era, "--strict", "--method", "tools/list");

        Assert.Equal(
            ["plan_run", "spawn_agent", "list_agent_types", "check", "read", "answer", "control", "merge"], Values(McpClients.ResultOf(list)["tools"], "name"));
        Assert.Equal("", list.Errors);
    }

    [Fact]
    public async Task without_the_token_nobody_is_let_in()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var http = await ServedHttp.StartAsync(repository.Cloister);

        var refused = await McpClients.InspectAsync(repository.Cloister, http.ForStrangers, "--stored-auth-only", "--method", "tools/list");

        refused.Expect(NotLetIn);
    }

    [Theory]
    [InlineData("stdio")]
    [InlineData("http")]
    public async Task hundreds_of_calls_side_by_side_are_answered(string way)
    {
        const int Calls = 300;
        await using var repository = await TestRepository.CreateAsync();
        await using var http = way == "http" ? await ServedHttp.StartAsync(repository.Cloister) : null;

        var load = McpClients.ResultOf(await McpClients.InspectAsync(
            repository.Cloister, http, "--method", "tools/call", "--tool-name", "check", "--load", "--load-requests", $"{Calls}", "--load-concurrency", "20"));

        TestContext.Current.TestOutputHelper!.WriteLine(load.ToJsonString());
        Assert.Equal((Calls, 0, 0), ((int)load["ok"]!, (int)load["toolErrors"]!, (int)load["errors"]!));
    }

    private static IEnumerable<string> Call(string tool, string arguments) => ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", arguments];

    private static IEnumerable<string> Values(JsonNode? list, string name) => list!.AsArray().Select(item => (string)item![name]!);
}
