using System.Globalization;
using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Recovery;

namespace Cloister.EndToEnd.Tests.Mcp;

/// <summary>Ten conversations at once, each with many calls side by side, and one engine behind them.</summary>
public sealed class ManyClientsTests
{
    private const int Clients = 10;

    // Calls of one client that are under way together, and how often.
    private const int Rounds = 18, WarmRounds = 6;

    // What ten conversations may hold, each; a call's answer has some kilobytes, so what is more is kept by mistake.
    private const double MostMegabytes = 120, MostOfEngine = 300;

    // And what they may hold more after twice as many rounds again: pages that the collector has not given back yet, and nothing that grows.
    private const double MostMore = 16, MostMoreOfEngine = 40;

    private const string Scenario = """
        rules:
          - when: { prompt: /mark (mark-\d+-end)/ }
            steps:
              - { tool: Write, input: { file_path: mark.txt, content: "${1}\n" } }
              - the mark is ${1}
        """;

    [Fact]
    public async Task everybody_hears_of_their_own_work_and_of_nothing_else()
    {
        await using var stage = await Stage.SetAsync(Scenario, "tasks: { a: { prompt: unused } }\n");
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => McpProcess.StartAsync(stage.Cloister, "--tools", "core", "compat")));
        try
        {
            var refs = await Task.WhenAll(clients.Select(async (client, i) => (string)(await client.ToolAsync("spawn_agent", $$"""{"prompt":"mark {{Mark(i)}}","name":"m{{i}}"}"""))["task"]!));
            await Task.WhenAll(clients.Select((client, i) => client.ToolAsync("check", $$"""{"refs":["{{refs[i]}}"],"wait_s":120}""")));

            var warm = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                await Task.WhenAll(clients.Select((client, i) => AskAsync(client, refs[i], i, round)));
                if (round == WarmRounds - 1)
                    warm = Megabytes(stage, clients);
            }
            var whole = Megabytes(stage, clients);

            TestContext.Current.TestOutputHelper!.WriteLine($"warm {Line(warm)}; at the end {Line(whole)}");
            Assert.All(whole.Zip(warm).SkipLast(1), pair => Assert.InRange(pair.First - pair.Second, -MostMegabytes, MostMore));
            Assert.InRange(whole[^1] - warm[^1], -MostOfEngine, MostMoreOfEngine);
            Assert.All(whole.SkipLast(1), megabytes => Assert.InRange(megabytes, 1, MostMegabytes));
            Assert.InRange(whole[^1], 1, MostOfEngine);
            Assert.Single(stage.Engines());
            Assert.All(clients, client => Assert.Empty(client.Strays));
            Assert.All(clients, client => Assert.Empty(client.Others));
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
        Assert.Equal(Clients * Rounds, stage.Journal.Events.Count(entry => entry.Type == "task.added"));
        await stage.Oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));
    }

    // Everything at once; what is written is everybody's board, what is read is one's own.
    private static async Task AskAsync(McpProcess client, string task, int number, int round)
    {
        var run = task.Split('/')[0];
        var planned = client.ToolAsync("orchestrator_plan_task", $$"""{"title":"chore {{number}} {{round}}","description":"{{Mark(number)}}"}""");
        var answers = await Task.WhenAll(
            client.ToolAsync("check", $$"""{"refs":["{{run}}"]}"""),
            client.ToolAsync("read", $$"""{"ref":"{{task}}","what":"summary"}"""),
            client.ToolAsync("read", $$"""{"ref":"{{task}}","what":"result"}"""),
            client.ToolAsync("read", $$"""{"ref":"{{task}}","what":"diff"}"""),
            client.ToolAsync("read", $$"""{"ref":"{{task}}","what":"log"}"""));

        Assert.Equal([task], answers[0]["changed"]!.AsArray().Select(changed => (string)changed!["ref"]!));
        Assert.Contains(Mark(number), answers[2].ToJsonString(), StringComparison.Ordinal);
        Assert.Contains(Mark(number), answers[3].ToJsonString(), StringComparison.Ordinal);
        Assert.Contains($"chore-{number}-{round}", (string)(await planned)["task_id"]!, StringComparison.Ordinal);
        Assert.All(answers, answer => Assert.Empty(Foreign(answer, number)));
    }

    private static IEnumerable<string> Foreign(JsonObject answer, int number) =>
        Enumerable.Range(0, Clients).Where(other => other != number).Select(Mark).Where(mark => answer.ToJsonString().Contains(mark, StringComparison.Ordinal));

    private static string Mark(int number) => string.Create(CultureInfo.InvariantCulture, $"mark-{number}-end");

    // The engine's last.
    private static List<double> Megabytes(Stage stage, IEnumerable<McpProcess> clients) =>
        [.. clients.Select(client => client.Megabytes()), ProcessMemory.Megabytes(stage.Engines().Single().Pid)];

    private static string Line(IEnumerable<double> megabytes) => string.Join(' ', megabytes.Select(value => value.ToString("0", CultureInfo.InvariantCulture))) + " MB";
}
