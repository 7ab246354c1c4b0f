using Cloister.Accounting;
using Cloister.Runs;

namespace Cloister.Cli.Output;

/// <summary>A row of <c>ps --json</c>. Scripts rely on exactly these names.</summary>
internal sealed record PsRow(
    RunId Run,
    string Task,
    TaskState State,
    TaskReason? Reason,
    string? Agent,
    string? Model,
    int Attempt,
    Guid? Session,
    string? Workspace,
    string? Branch,
    string? Commit,
    decimal CostUsd,
    TokenUsage Tokens,
    double? ContextPercent,
    QuestionId? Question,
    DateTimeOffset QueuedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? Summary)
{
    public static PsRow Of(TaskRow row) => new(
        row.Run,
        row.Task,
        row.State,
        row.Reason,
        row.Agent,
        row.Model,
        row.Attempt,
        row.Session,
        row.Workspace,
        row.Branch,
        row.Commit,
        row.CostUsd,
        row.Tokens,
        row.ContextPercent,
        row.Question,
        row.QueuedAt,
        row.StartedAt,
        row.EndedAt,
        row.Summary);
}
