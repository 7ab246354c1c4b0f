using Cloister.Delegation;
using Cloister.Runs;
using Cloister.Runs.Advice;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>Why an agent cannot begin although it was asked for: then the work goes on without one, and the reason is told. Pure.</summary>
internal static class StartObstacle
{
    /// <summary>The obstacle that a refused release tells of; null: the request itself was wrong.</summary>
    public static Obstacle? Of(CloisterException refused)
    {
        ObstacleKind? kind = refused.Code switch
        {
            "store.full" => ObstacleKind.NoDisk,
            var code when code.StartsWith("claude.", StringComparison.Ordinal) => ObstacleKind.NoClaude,
            var code when code.StartsWith("workspace.", StringComparison.Ordinal) => ObstacleKind.NoPermission,
            _ => null,
        };
        return kind is { } found ? new Obstacle(found, Plain.Line(refused.Message)) : null;
    }

    /// <summary>
    /// The obstacle that keeps a released task from its first model turn; null: it had one, or it may still come soon. What breaks after that
    /// is the task's own failure, and what it did is not done twice.
    /// </summary>
    public static Obstacle? Of(TaskView task)
    {
        if (task.Attempts.Any(attempt => attempt.Usage.Turns > 0))
            return null;
        ObstacleKind? kind = (task.State, task.Reason) switch
        {
            (TaskState.Failed, TaskReason.Workspace or TaskReason.Auth) or (TaskState.Queued, TaskReason.Auth) => ObstacleKind.NoPermission,
            // A program that has said who it is is there, and its crash is a crash.
            (TaskState.Failed, TaskReason.Crash or TaskReason.Protocol) when task.Attempts.All(attempt => attempt.StartedAt is null) => ObstacleKind.NoClaude,
            (TaskState.Failed, TaskReason.Budget or TaskReason.RateLimit or TaskReason.Api) => ObstacleKind.LimitReached,
            (TaskState.Queued, TaskReason.RateLimit) when IsParked(task) => ObstacleKind.LimitReached,
            _ => null,
        };
        return kind is { } found ? new Obstacle(found, Plain.Line(task.Detail ?? "")) : null;
    }

    private static bool IsParked(TaskView task) =>
        task is { NotBefore: { } until, Attempt.EndedAt: { } since } ? until - since > BeginningObstacles.ShortWait : task.NotBefore is not null;
}
