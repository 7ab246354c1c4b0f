using Cloister.Runs;
using Cloister.Runs.Watching;

namespace Cloister.Cli.Output;

/// <summary>A run for programs: what <c>run</c>, <c>watch</c> and <c>wait</c> end with.</summary>
internal sealed record RunReport(
    RunId Run,
    string Name,
    RunPhase Phase,
    RunOutcome? Outcome,
    string IntegrationBranch,
    decimal CostUsd,
    decimal? BudgetUsd,
    DateTimeOffset AcceptedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyList<PsRow> Tasks)
{
    public static RunReport Of(RunView run) => new(
        run.Id,
        run.Plan.Name,
        run.Phase,
        run.Outcome,
        run.IntegrationBranch,
        run.CostUsd,
        run.BudgetUsd,
        run.AcceptedAt,
        run.FinishedAt,
        [.. run.TasksInOrder.Select(task => PsRow.Of(RunSummaries.Row(run, task)))]);
}
