using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;

namespace Cloister.Bench.Figures;

/// <summary>How long a conversation waits for the MCP server, and what that holds in memory.</summary>
internal sealed class McpTools : IFigure
{
    private const int UsualRounds = 15;

    // A list is short, and asked for once a conversation: many of them make one honest number.
    private const int ListsARound = 10;

    // What it is for most of its life: there, because a conversation has loaded it.
    private const int Starts = 5;

    public string Name => "mcp";

    public string Title => "The MCP server, cloister mcp";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.OpenAsync("version: 1\nrules:\n  - answer: Hello.\n", concurrency: 1, cancellationToken);
        var rest = new List<double>();
        for (var i = 0; i < Starts; i++)
        {
            await using var other = await McpClient.StartAsync(stage.Person, cancellationToken);
            await ListAsync(other, cancellationToken);
            rest.Add(ProcessMemory.Megabytes(other.Pid));
        }
        await using var client = await McpClient.StartAsync(stage.Person, cancellationToken);
        // The first ones start the engine and warm everything up.
        await ListAsync(client, cancellationToken);
        await SpawnAsync(client, cancellationToken);
        var (lists, spawns, memory) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < (rounds ?? UsualRounds); i++)
        {
            for (var n = 0; n < ListsARound; n++)
                lists.Add(await ListAsync(client, cancellationToken));
            spawns.Add(await SpawnAsync(client, cancellationToken));
            memory.Add(ProcessMemory.Megabytes(client.Pid));
        }
        var own = ProcessMemory.Megabytes(client.Pid, ProcessMemory.Own);
        return
        [
            Measure.Of("tools/list, warm", new Sample(lists), "ms", $"slowest {Number.Of(new Sample(lists).Largest, "ms")}", Hold.AtMost(50)),
            Measure.Of("spawn_agent, to its answer", new Sample(spawns), "ms", $"the run is committed then; slowest {Number.Of(new Sample(spawns).Largest, "ms")}", Hold.AtMost(150)),
            Measure.Of("resident memory, greeted and listed", new Sample(rest), "MB", $"largest {Number.Of(new Sample(rest).Largest, "MB")}", Hold.AtMost(60)),
            Measure.Of(
                "resident memory after starting and awaiting agents", new Sample(memory), "MB",
                $"largest {Number.Of(new Sample(memory).Largest, "MB")}, of which {Number.Of(own, "MB")} are its own pages and the others files of the runtime"),
        ];
    }

    private static async Task<double> ListAsync(McpClient client, CancellationToken cancellationToken) =>
        (await client.AskAsync("tools/list", "{}", cancellationToken)).Took.TotalMilliseconds;

    // Each in a quiet engine: its agent has ended before the next one is asked for.
    private static async Task<double> SpawnAsync(McpClient client, CancellationToken cancellationToken)
    {
        var (spawned, took) = await client.CallAsync("spawn_agent", """{"prompt":"Say hello"}""", cancellationToken);
        await client.CallAsync("check", $$"""{"refs":["{{spawned.GetProperty("task").GetString()}}"],"wait_s":60}""", cancellationToken);
        return took;
    }
}
