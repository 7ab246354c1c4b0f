using System.Text;
using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Recovery;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp;

/// <summary>The MCP process from outside: real engine, real claude, a rehearsed model.</summary>
public sealed class McpProcessTests
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

    [Fact]
    public async Task a_conversation_spawns_watches_reads_and_merges()
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: unused } }\n");
        await using var client = await McpProcess.StartAsync(stage.Cloister);

        var spawned = await client.ToolAsync("spawn_agent", """{"prompt":"write note","name":"note"}""");
        var ended = await client.ToolAsync("check", """{"refs":["r1"],"wait_s":60}""");
        var diff = await client.ToolAsync("read", """{"ref":"r1/note","what":"diff"}""");
        var preview = await client.ToolAsync("merge", """{"refs":["r1"],"mode":"preview"}""");
        var merged = await client.ToolAsync("merge", """{"refs":["r1/note"],"mode":"branch"}""");
        var (code, errors) = await client.LeaveAsync();

        Assert.Equal(("r1/note", "cloister/r1/note"), ((string?)spawned["task"], (string?)spawned["branch"]));
        Assert.Equal("review", (string?)ended["changed"]![0]!["state"]);
        Assert.Contains("+hello", (string)diff["text"]!, StringComparison.Ordinal);
        Assert.Equal(["r1/note"], preview["merged"]!.AsArray().Select(task => (string)task!));
        Assert.Equal("hello", await stage.Repository.GitAsync("show", $"{merged["branch"]}:note.txt"));
        Assert.False(File.Exists(Path.Combine(stage.Repository.Project, "note.txt")));
        Assert.Equal((0, ""), (code, errors));
        Assert.Empty(client.Strays);
        await stage.Oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task killing_the_process_in_the_middle_of_a_call_leaves_the_run_alone()
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: unused } }\n");
        await using var first = await McpProcess.StartAsync(stage.Cloister);
        await first.ToolAsync("spawn_agent", """{"prompt":"write note","name":"note"}""");
        _ = first.Begin("tools/call", McpProcess.ToolParameters("check", """{"refs":["r1"],"wait_s":60}"""));
        first.Kill();

        await using var second = await McpProcess.StartAsync(stage.Cloister);
        var ended = await second.ToolAsync("check", """{"refs":["r1"],"wait_s":60}""");

        Assert.Equal("review", (string?)ended["changed"]![0]!["state"]);
        Assert.Equal(1, (int?)(await AttemptsAsync(stage)));
        await stage.Oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task killing_the_engine_under_a_wait_is_not_noticed()
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: unused } }\n");
        await using var client = await McpProcess.StartAsync(stage.Cloister);
        await client.ToolAsync("spawn_agent", """{"prompt":"write note","name":"note"}""");
        var waiting = client.CallAsync("tools/call", McpProcess.ToolParameters("check", """{"refs":["r1"],"wait_s":60}"""));
        foreach (var engine in stage.Engines())
            ProcessTable.Kill(engine);

        Assert.Equal("review", (string?)McpProcess.DataOf(await waiting)["changed"]![0]!["state"]);
        Assert.Equal("written", (string?)(await client.ToolAsync("read", """{"ref":"r1","what":"result"}"""))["text"]);
        await stage.Oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task ten_clients_at_once_start_ten_runs_in_one_engine()
    {
        await using var stage = await Stage.SetAsync("version: 1\nrules: []\n", "tasks: { a: { prompt: unused } }\n");
        var clients = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => McpProcess.StartAsync(stage.Cloister)));
        try
        {
            var tasks = await Task.WhenAll(clients.Select((client, i) => client.ToolAsync("spawn_agent", $$"""{"prompt":"say hello","name":"t{{i}}"}""")));
            var states = await Task.WhenAll(clients.Select((client, i) => client.ToolAsync("check", $$"""{"refs":["{{tasks[i]["task"]}}"],"wait_s":120}""")));

            Assert.Equal(10, tasks.Select(task => (string)task["task"]!).Distinct(StringComparer.Ordinal).Count());
            Assert.All(states, state => Assert.Equal("done", (string?)state["changed"]![0]!["state"]));
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
        await stage.Oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task a_line_of_a_gigabyte_costs_no_memory_and_is_refused()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var client = await McpProcess.StartAsync(repository.Cloister);
        var megabyte = Encoding.UTF8.GetBytes(new string('x', 1024 * 1024));
        for (var i = 0; i < 1024; i++)
            await client.SendAsync(megabyte);
        await client.SendAsync("");

        await Eventually.BeTrueAsync("the refusal", TimeSpan.FromSeconds(20), () => !client.Others.IsEmpty);
        Assert.Equal(-32600, (int)client.Others.Single()["error"]!["code"]!);
        Assert.NotEmpty((await client.CallAsync("tools/list"))["result"]!["tools"]!.AsArray());
        Assert.InRange(client.Megabytes(), 1, 250);
    }

    [Fact]
    public async Task a_flood_of_notifications_keeps_nobody_waiting()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var client = await McpProcess.StartAsync(repository.Cloister);
        var flood = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("""{"jsonrpc":"2.0","method":"notifications/whatever","params":{"x":1}}""" + "\n", 50_000)));
        await client.SendAsync(flood);

        Assert.Equal("{}", (await client.CallAsync("ping"))["result"]!.ToJsonString());
    }

    [Fact]
    public async Task a_client_that_closes_its_end_gets_its_answers_and_the_process_goes()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var client = await McpProcess.StartAsync(repository.Cloister);
        var list = client.CallAsync("tools/list");
        var left = await client.LeaveAsync();

        Assert.Equal((0, ""), left);
        Assert.Equal(8, (await list)["result"]!["tools"]!.AsArray().Count);
    }

    private static async Task<int> AttemptsAsync(Stage stage) =>
        (int)JsonNode.Parse((await stage.Cloister.RunAsync("ps", "-a", "--json=attempt")).Expect(0).Output)!["data"]![0]!["attempt"]!;
}
