using Cloister.Accounting;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Cli.Output;

/// <summary>A line of the bill.</summary>
/// <param name="Name">A run or a task.</param>
/// <param name="Agent">Who did it.</param>
/// <param name="Model">Which model.</param>
/// <param name="CostUsd">Estimated at list price.</param>
/// <param name="Tokens">What was read and written.</param>
/// <param name="Seconds">How long its attempts ran.</param>
/// <param name="WaitedSeconds">How long it waited for a person.</param>
internal sealed record CostLine(string Name, string? Agent, string? Model, decimal CostUsd, TokenUsage Tokens, double Seconds, double WaitedSeconds);

/// <summary>What runs cost.</summary>
/// <param name="Run">The run it is about; null: all.</param>
/// <param name="Lines">By task of a run, or by run.</param>
/// <param name="FailedAttempts">The part of the total that led to nothing; null where it is not known.</param>
/// <param name="Total">Everything.</param>
/// <param name="BudgetUsd">The run's limit.</param>
internal sealed record CostReport(RunId? Run, IReadOnlyList<CostLine> Lines, CostLine? FailedAttempts, CostLine Total, decimal? BudgetUsd)
{
    /// <summary>All runs, the newest first.</summary>
    public static CostReport Of(IReadOnlyList<RunSummary> runs)
    {
        IReadOnlyList<CostLine> lines = [.. runs.Select(run => new CostLine(
            $"{run.Run} {run.Name}",
            null,
            null,
            run.CostUsd,
            Sum(run.Tasks.Select(task => task.Tokens)),
            run.FinishedAt is { } finished ? (finished - run.AcceptedAt).TotalSeconds : 0,
            0))];
        return new CostReport(null, lines, null, TotalOf(lines), null);
    }

    /// <summary>One run by its tasks, or one task of it.</summary>
    public static CostReport Of(RunView run, string? only, DateTimeOffset now)
    {
        IReadOnlyList<TaskView> tasks = only is null ? [.. run.TasksInOrder] : [run.TaskOf(only)];
        var attempts = tasks.SelectMany(task => task.Attempts.Select(attempt => (Task: task, Attempt: attempt))).ToList();
        IReadOnlyList<CostLine> lines = [.. tasks.Where(task => task.Attempts.Count > 0).Select(task => Line(
            task.Definition.Id, task.Attempt!, task.Attempts, Waited(run, task, now), now))];
        var failed = attempts.Where(pair => pair.Attempt.Outcome is { Verdict: not AgentVerdict.Succeeded }).Select(pair => pair.Attempt).ToList();
        var failedLine = failed.Count == 0 ? null : Line($"failed attempts ({failed.Count})", null, failed, 0, now);
        return new CostReport(run.Id, lines, failedLine, TotalOf(lines), only is null ? run.BudgetUsd : tasks[0].BudgetUsd);
    }

    private static CostLine Line(string name, AttemptView? newest, IReadOnlyCollection<AttemptView> attempts, double waited, DateTimeOffset now) => new(
        name,
        newest?.Agent,
        newest?.Model,
        attempts.Sum(attempt => attempt.Usage.CostUsd),
        Sum(attempts.Select(attempt => attempt.Usage.Tokens)),
        attempts.Sum(attempt => ((attempt.EndedAt ?? now) - attempt.ClaimedAt).TotalSeconds),
        waited);

    private static CostLine TotalOf(IReadOnlyList<CostLine> lines) => new(
        "total", null, null, lines.Sum(line => line.CostUsd), Sum(lines.Select(line => line.Tokens)), lines.Sum(line => line.Seconds), lines.Sum(line => line.WaitedSeconds));

    private static double Waited(RunView run, TaskView task, DateTimeOffset now) => run.Questions.Values
        .Where(question => question.Task.Task == task.Definition.Id)
        .Sum(question => ((question.Answer?.At ?? now) - question.AskedAt).TotalSeconds);

    private static TokenUsage Sum(IEnumerable<TokenUsage> tokens) => tokens.Aggregate(default(TokenUsage), (sum, one) => sum + one);
}
