using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Tools;

/// <summary>What a plan may cost and take, from what finished tasks of this project did.</summary>
/// <param name="Usd">Low and high.</param>
/// <param name="Minutes">Low and high, when every wave runs side by side.</param>
internal sealed record RunEstimate(IReadOnlyList<decimal> Usd, IReadOnlyList<decimal> Minutes)
{
    // From fewer tasks nothing honest can be said.
    private const int Fewest = 5;

    private static readonly TaskState[] Worked = [TaskState.Done, TaskState.Review, TaskState.Merged];

    /// <summary>Null while too little has happened here.</summary>
    public static RunEstimate? Of(Plan plan, IReadOnlyList<IReadOnlyList<string>> waves, IReadOnlyList<RunSummary> history)
    {
        var past = history.SelectMany(run => run.Tasks)
            .Where(row => Worked.Contains(row.State) && row is { StartedAt: not null, EndedAt: not null, CostUsd: > 0 })
            .ToList();
        if (past.Count < Fewest)
            return null;
        var costs = past.Select(row => row.CostUsd).Order().ToList();
        var minutes = past.Select(row => (decimal)(row.EndedAt!.Value - row.StartedAt!.Value).TotalMinutes).Order().ToList();
        return new RunEstimate(
            [Round(plan.Tasks.Count * Low(costs)), Round(plan.Tasks.Count * High(costs))],
            [Round(waves.Count * Low(minutes)), Round(waves.Count * High(minutes))]);
    }

    // Without the fifth at either end: one runaway task says nothing about the next plan.
    private static decimal Low(List<decimal> sorted) => sorted[sorted.Count / 5];

    private static decimal High(List<decimal> sorted) => sorted[sorted.Count - 1 - (sorted.Count / 5)];

    private static decimal Round(decimal value) => Math.Round(value, 2);
}
