using Cloister.Plans;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Server.Api;
using Cloister.Workspaces;

namespace Cloister.Server.Mcp.Tools;

/// <summary>The task that was started.</summary>
internal sealed record SpawnAnswer(string Task, string State, string? Session, string? Branch);

/// <summary><c>spawn_agent</c>: one agent in its own process and worktree; answered as soon as it is certain that it will run.</summary>
internal static class SpawnAgentTool
{
    // What a plan file can say too; a slip of the keyboard beyond.
    private const int MostMinutes = 24 * 60;

    private static readonly Parameter<string> Prompt = Parameter.RequiredText("prompt", "Self-contained: goal, files, limits, how to check");
    private static readonly Parameter<string?> Agent = Parameter.Text("agent");
    private static readonly Parameter<string?> Name = Parameter.Text("name");
    private static readonly Parameter<string?> Model = Parameter.Text("model");
    private static readonly Parameter<decimal?> Budget = Parameter.Number("budget_usd");
    private static readonly Parameter<decimal?> Minutes = Parameter.Number("timeout_minutes");

    public static McpTool Declaration { get; } = new(
        "spawn_agent",
        "Start one agent in its own process and git worktree; returns its ref at once",
        [Prompt, Agent, Name, Model, Budget, Minutes],
        RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var defaults = call.Desk.Defaults();
        var options = new PromptOptions(
            call.Get(Agent) ?? defaults.Agent, call.Get(Model) ?? defaults.Model, call.Get(Name), Timeout: Timeout(call.Get(Minutes)), BudgetUsd: call.Get(Budget) ?? defaults.BudgetUsd);
        var catalog = await call.Desk.AgentsAsync(cancellationToken);
        var plan = PromptPlan.For(call.Get(Prompt), options, catalog.ForPlans());
        catalog.Find(plan.Tasks[0].Agent);
        var run = await call.Desk.StartAsync(plan, call.Caller.CallId, cancellationToken);
        return Started(run);
    }

    private static ToolAnswer Started(RunView run)
    {
        var task = new TaskRef(run.Id, run.Order[0]);
        var row = RunSummaries.Row(run, run.Tasks[task.Task]);
        // Where there is git the branch has this name from the start, unless somebody else has taken it.
        var branch = row.Branch ?? (run.Source.BaseCommit is null ? null : TaskRefNames.Branch(task));
        var answer = new SpawnAnswer(task.ToString(), EnumWord.Of(row.State), row.SessionName ?? row.Session?.ToString(), branch);
        return ToolAnswer.Of(answer, McpJson.Readable.SpawnAnswer, string.Join('\n', [$"{task} {answer.State}", .. run.Notices, $"check refs [\"{task}\"] waits for it"]));
    }

    private static TimeSpan? Timeout(decimal? minutes) => minutes switch
    {
        null => null,
        > 0 and <= MostMinutes => TimeSpan.FromMinutes((double)minutes),
        _ => throw new CloisterException("tool.argument", $"timeout_minutes is from 1 to {MostMinutes}", "correct it and call again"),
    };
}
