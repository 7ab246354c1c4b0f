using Cloister.Runs;
using Cloister.SessionFiles;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>What a task's state is called by the orchestrator tools.</summary>
internal static class SeedStatus
{
    public const string Running = "running", Waiting = "waiting", Completed = "completed", Failed = "failed";

    /// <summary>The modes of execution.</summary>
    public const string Isolated = "isolated", Standard = "standard";

    public static string Of(TaskState state, TaskReason? reason) => SessionStatuses.Word(SessionStatuses.Of(state, reason));

    /// <summary>Who does or did it: an agent of its own, or whoever asked. Null while nobody has been asked.</summary>
    public static string? ModeOf(TaskView task) => task.State switch
    {
        TaskState.Planned => null,
        TaskState.HandedOut => Standard,
        TaskState.Queued or TaskState.Starting or TaskState.Working or TaskState.NeedsInput => Isolated,
        TaskState.Review or TaskState.Merged or TaskState.Done => task.Attempts.IsEmpty || IsReported(task) ? Standard : Isolated,
        TaskState.Failed or TaskState.Stopped or TaskState.Skipped => task.Attempts.IsEmpty ? null : Isolated,
    };

    /// <summary>True for a task that has been given to an agent, or is done: where it should be done is no question any more.</summary>
    public static bool HasBegunOrIsDone(TaskView task) => task.LiveAttempt is not null || task.State == TaskState.Queued || TaskMachine.IsSuccess(task.State);

    // An agent began it, and whoever asked finished it.
    private static bool IsReported(TaskView task) => task.Attempt?.Outcome is not { Verdict: Sessions.AgentVerdict.Succeeded };
}
