using Cloister.Delegation;
using Cloister.Runs;

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

    /// <summary>The obstacle that kept a released task from beginning; null: it began, or it may still.</summary>
    public static Obstacle? Of(TaskView task)
    {
        if (task.Attempts.Any(attempt => attempt.StartedAt is not null))
            return null;
        ObstacleKind? kind = (task.State, task.Reason) switch
        {
            (TaskState.Failed, TaskReason.Workspace or TaskReason.Auth) => ObstacleKind.NoPermission,
            (TaskState.Failed, TaskReason.Crash or TaskReason.Protocol) => ObstacleKind.NoClaude,
            (TaskState.Failed, TaskReason.Budget or TaskReason.RateLimit or TaskReason.Api) => ObstacleKind.LimitReached,
            (TaskState.Queued, TaskReason.RateLimit) => ObstacleKind.LimitReached,
            _ => null,
        };
        return kind is { } found ? new Obstacle(found, Plain.Line(task.Detail ?? "")) : null;
    }
}
