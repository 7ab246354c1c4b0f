using Cloister.Runs;

namespace Cloister.Server.Mcp.Waiting;

/// <summary>The order in which people want to see tasks.</summary>
internal static class Attention
{
    /// <summary>Lower comes first.</summary>
    public static int Of(TaskState state) => state switch
    {
        TaskState.NeedsInput => 0,
        TaskState.Failed => 1,
        TaskState.Review => 2,
        TaskState.Working => 3,
        TaskState.Starting => 4,
        TaskState.HandedOut => 5,
        TaskState.Queued => 6,
        TaskState.Planned => 7,
        TaskState.Stopped => 8,
        TaskState.Skipped => 9,
        TaskState.Done => 10,
        TaskState.Merged => 11,
    };

    /// <summary>True for an update that somebody who waits wants to hear at once.</summary>
    public static bool IsFor(RunUpdate update) => update.Event switch
    {
        "task.needs_input" or "run.finished" or "run.access_lost" => true,
        _ => IsChange(update) && update.Task is not null && update.State is { } state && TaskMachine.IsEnd(state),
    };

    /// <summary>True for an update that changes how a run or task stands; the rest is work going on.</summary>
    public static bool IsChange(RunUpdate update) => update.Event switch
    {
        "task.delivered" or "task.message" or "task.removed" or "task.restored" or "task.workspace_removed" => false,
        "run.finished" or "run.paused" or "run.resumed" or "run.access_lost" or "run.access_given" or "run.landed" or "question.answered" => true,
        var other => other.StartsWith("task.", StringComparison.Ordinal),
    };
}
