using Cloister.Runs;
using Cloister.Runs.Watching;

namespace Cloister.Cli.Output;

/// <summary>A run for people: what it is, where it comes from and how its tasks stand.</summary>
internal static class RunText
{
    public static void Print(Terminal terminal, RunView run, DateTimeOffset now)
    {
        terminal.Print(new Styled(new Piece($"{run.Id} {run.Plan.Name}", Tone.Strong), $"  {Phase(run)}"));
        Fields.Print(terminal, "goal", run.Plan.Goal);
        Fields.Print(terminal, "project", run.Source.Project, Tone.Path);
        Fields.Print(terminal, "base", run.Source.BaseCommit is { } commit ? $"{run.Source.BaseBranch ?? "HEAD"}@{Words.Commit(commit)}" : null);
        Fields.Print(terminal, "branch", run.Source.BaseCommit is null ? null : run.IntegrationBranch);
        Fields.Print(terminal, "landed", run.LandedCommit is { } landed ? Words.Commit(landed) : null);
        Fields.Print(terminal, "cost", run.BudgetUsd is { } budget ? $"{Words.Money(run.CostUsd)} of {Words.Money(budget)} est" : $"{Words.Money(run.CostUsd)} est");
        Fields.Print(terminal, "time", Words.Clock((run.FinishedAt ?? now) - run.AcceptedAt));
        Fields.Print(terminal, "rehearsal", run.Rehearsal is null ? null : "a scenario answers instead of a model");
        Fields.Print(terminal, "allowed", string.Join(", ", run.AllowRules));
        terminal.Print("");
        var rows = run.TasksInOrder.Select(task => RunSummaries.Row(run, task)).OrderBy(row => Words.Attention(row.State));
        foreach (var line in TaskTable.Of(rows, now).Lines(terminal.Width))
            terminal.Print(line);
    }

    private static string Phase(RunView run) => run.Outcome switch
    {
        null => run.Phase == RunPhase.Paused ? "paused" : "active",
        { } outcome => outcome switch
        {
            RunOutcome.Succeeded => "succeeded",
            RunOutcome.Failed => "failed",
            RunOutcome.Stopped => "stopped",
            RunOutcome.Budget => "ended by its budget",
            RunOutcome.Auth => "ended: the credential was refused",
        },
    };
}
