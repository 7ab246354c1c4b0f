using Cloister.EndToEnd.Tests.Recovery;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp;

/// <summary>Conversations that begin, go on or end in an order that nobody should choose.</summary>
public sealed class ConversationOrderTests
{
    private const string Scenario = """
        version: 1
        rules:
          - when: { prompt: write note }
            steps:
              - { tool: Write, input: { file_path: note.txt, content: "hello\n" } }
              - text: written
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("tools/list", "{}")]
    [InlineData("tools/call", """{"name":"list_agent_types","arguments":{}}""")]
    [InlineData("resources/list", "{}")]
    [InlineData("prompts/list", "{}")]
    public async Task a_call_before_the_greeting_is_answered_and_the_greeting_still_works(string method, string parameters)
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var client = McpProcess.Open(repository.Cloister);

        var early = await client.CallAsync(method, parameters);

        Assert.True(early["result"] is not null != early["error"] is not null, early.ToJsonString());
        await client.GreetAsync();
        Assert.NotEmpty((await client.ToolAsync("list_agent_types"))["agents"]!.AsArray());
        Assert.Empty(client.Strays);
    }

    [Fact]
    public async Task a_second_greeting_changes_nothing_that_was_agreed()
    {
        await using var repository = await TestRepository.CreateAsync();
        await using var client = await McpProcess.StartAsync(repository.Cloister);
        var before = (await client.CallAsync("tools/list"))["result"]!.ToJsonString();

        var again = await client.CallAsync("initialize", McpProcess.Hello.Replace("2025-11-25", "2024-11-05", StringComparison.Ordinal));

        Assert.True(again["result"] is not null != again["error"] is not null, again.ToJsonString());
        Assert.Equal(before, (await client.CallAsync("tools/list"))["result"]!.ToJsonString());
        Assert.NotNull((await client.ToolAsync("check"))["cursor"]);
    }

    [Fact]
    public async Task a_client_that_closes_its_end_in_the_middle_of_a_wait_leaves_the_work_alone()
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: unused } }\n");
        await using (var client = await McpProcess.StartAsync(stage.Cloister))
        {
            await client.ToolAsync("spawn_agent", """{"prompt":"write note","name":"note"}""");
            _ = client.Begin("tools/call", McpProcess.ToolParameters("check", """{"refs":["r1"],"wait_s":600}"""));
            Assert.Equal((0, ""), await client.LeaveAsync());
        }
        await AssertWrittenOnceAsync(stage);
    }

    [Fact]
    public async Task a_client_that_listens_no_longer_has_what_it_asked_for_done()
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: unused } }\n");
        string[] lines =
        [
            $$"""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{McpProcess.Hello}}}""",
            """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
            $$"""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{McpProcess.ToolParameters("spawn_agent", """{"prompt":"write note","name":"note"}""")}}}""",
        ];

        // Its output is closed before it has said a word.
        var talk = await stage.Cloister.By("/bin/sh", "-c", "exec \"$0\" \"$@\" >&-").RunAsync(Patience, string.Join('\n', lines) + "\n", ["mcp"]);

        Assert.DoesNotContain("   at ", talk.Errors, StringComparison.Ordinal);
        await Eventually.BeTrueAsync("the run", Patience, () => stage.Journal.Tasks.Any());
        await AssertWrittenOnceAsync(stage);
    }

    private static async Task AssertWrittenOnceAsync(Stage stage)
    {
        (await stage.Cloister.RunAsync(Patience, "wait", "r1")).Expect(0);
        var task = Assert.Single(stage.Journal.Tasks);
        Assert.Equal(("review", 1), (task.Text("state"), stage.Journal.Attempts.Count));
        Assert.Equal("hello", await stage.Repository.GitAsync("show", $"{task.Text("branch")}:note.txt"));
        await stage.Oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));
    }
}
