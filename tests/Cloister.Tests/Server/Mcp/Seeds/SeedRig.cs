using System.Text.Json.Nodes;
using Cloister.Delegation;
using Cloister.Runs;
using Cloister.Server.Mcp;
using Cloister.Sessions;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>The orchestrator tools over a real engine with scripted agents, in a project with an empty folder of its own.</summary>
internal sealed class SeedRig(EngineRig engine) : IAsyncDisposable
{
    private readonly List<McpRig> _clients = [];

    public EngineRig Engine => engine;

    /// <summary>A client that is there from the beginning.</summary>
    public McpRig Client => _clients[0];

    /// <summary>What the project's settings say about isolation.</summary>
    public IsolationMode? Mode { get; set; }

    /// <summary>The variables of the process that serves.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>What the project's settings let a run spend.</summary>
    public decimal? BudgetUsd { get; set; }

    /// <param name="folder">Where its engine's project and state are; null: in a folder of its own.</param>
    public static async Task<SeedRig> OpenAsync(string? folder = null)
    {
        var rig = new SeedRig(folder is null ? new EngineRig() : new EngineRig(folder));
        await rig.Engine.OpenAsync();
        await rig.ClientAsync();
        return rig;
    }

    /// <summary>A client that lists these tools.</summary>
    public async Task<McpRig> ClientAsync(string name = "test", string capabilities = "{}", string? rehearsal = null)
    {
        var client = new McpRig(
            new McpDesk
            {
                Orchestrator = Engine.Engine,
                Project = Engine.Project,
                Environment = Environment,
                Time = Engine.Clock,
                Rehearsal = rehearsal,
                Defaults = () => new RunDefaults(BudgetUsd: BudgetUsd) { Isolation = Mode },
            },
            "compat");
        _clients.Add(client);
        await client.InitializeAsync(client: name, capabilities: capabilities);
        return client;
    }

    /// <summary>The board as the journal tells it.</summary>
    public Task<RunView> BoardAsync(int number = 1) => Engine.Engine.GetAsync(new RunId(number), TestContext.Current.CancellationToken);

    public async Task<TaskView> TaskAsync(string id) => (await BoardAsync()).Tasks[id];

    /// <summary>Where and how the newest agent of a task was started.</summary>
    public AgentTask StartedFor(string task) => Started(task).Last();

    public IEnumerable<AgentTask> Started(string task) => Engine.Backend.Started.Where(agent => agent.Attempt.Task.Task == task);

    public Task<RunView> UntilAsync(string task, TaskState state) => Engine.UntilAsync(new RunId(1), run => run.Tasks[task].State == state);

    /// <summary>Plans a task of this name.</summary>
    public static Task<JsonObject> PlanAsync(McpRig client, string title, string more = "") =>
        client.DataAsync("orchestrator_plan_task", $$"""{"title":"{{title}}","description":"Do {{title}}"{{more}}}""");

    public static string? Text(JsonObject data, string name) => data[name]?.GetValue<string>();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        await Engine.DisposeAsync();
    }
}
