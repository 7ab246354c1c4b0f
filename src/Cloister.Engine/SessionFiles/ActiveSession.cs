using System.Text.Json.Serialization;
using Cloister.Runs;

namespace Cloister.SessionFiles;

/// <summary>How a session is, in the words that programs around isolated sessions have always used.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SessionStatus>))]
public enum SessionStatus
{
    /// <summary>Being prepared.</summary>
    [JsonStringEnumMemberName("starting")] Starting,

    /// <summary>The agent works.</summary>
    [JsonStringEnumMemberName("running")] Running,

    /// <summary>Waits for a person, for a task, or for its turn.</summary>
    [JsonStringEnumMemberName("waiting")] Waiting,

    /// <summary>Its work is done.</summary>
    [JsonStringEnumMemberName("completed")] Completed,

    /// <summary>Ended without success.</summary>
    [JsonStringEnumMemberName("failed")] Failed,

    /// <summary>Its time was up.</summary>
    [JsonStringEnumMemberName("timeout")] Timeout,
}

/// <summary>Statuses of sessions, from our own states and as words.</summary>
internal static class SessionStatuses
{
    /// <summary>How the session of a task is whose state is known; without an agent it waits, for one or for whoever asked.</summary>
    public static SessionStatus Of(TaskState state, TaskReason? reason) => state switch
    {
        TaskState.Planned or TaskState.HandedOut or TaskState.NeedsInput => SessionStatus.Waiting,
        TaskState.Queued => reason is null ? SessionStatus.Starting : SessionStatus.Waiting,
        TaskState.Starting => SessionStatus.Starting,
        TaskState.Working => SessionStatus.Running,
        TaskState.Review or TaskState.Merged or TaskState.Done => SessionStatus.Completed,
        TaskState.Failed when reason == TaskReason.Timeout => SessionStatus.Timeout,
        TaskState.Failed or TaskState.Stopped or TaskState.Skipped => SessionStatus.Failed,
    };

    /// <summary>The status as files, tables and tools say it.</summary>
    public static string Word(SessionStatus status) => status switch
    {
        SessionStatus.Starting => "starting",
        SessionStatus.Running => "running",
        SessionStatus.Waiting => "waiting",
        SessionStatus.Completed => "completed",
        SessionStatus.Failed => "failed",
        SessionStatus.Timeout => "timeout",
    };
}

/// <summary>A session as <c>active_sessions.json</c> shows it; null is what is not known or does not apply.</summary>
/// <param name="Session">Its name.</param>
/// <param name="TaskId">The task it works on, or worked on last.</param>
/// <param name="Run">The run it belongs to.</param>
/// <param name="SpecialistType">The agent's type.</param>
/// <param name="Status">How it is.</param>
/// <param name="Mode">How the work is done: <c>isolated</c>, <c>subagent</c> or <c>standard</c>.</param>
/// <param name="ProcessId">The agent's process.</param>
/// <param name="WorkspacePath">Where it works.</param>
/// <param name="CommunicationDir">Where its messages are.</param>
/// <param name="StartedAt">When its first process began.</param>
/// <param name="UpdatedAt">When one of these facts last changed.</param>
/// <param name="ContextTokensUsed">What the last model turn had in the window.</param>
/// <param name="ContextLimit">What the window, or the session's own limit, holds.</param>
/// <param name="Zone">How full that is: <c>normal</c>, <c>warning</c>, <c>imminent</c>.</param>
/// <param name="CostUsd">What it has cost so far.</param>
/// <param name="WaitingFor">What a waiting session waits for, in words for people.</param>
internal sealed record ActiveSession(
    SessionName Session,
    string? TaskId,
    string? Run,
    string SpecialistType,
    SessionStatus Status,
    string Mode,
    int? ProcessId,
    string? WorkspacePath,
    string CommunicationDir,
    DateTimeOffset? StartedAt,
    DateTimeOffset UpdatedAt,
    long? ContextTokensUsed,
    long? ContextLimit,
    string? Zone,
    decimal? CostUsd,
    string? WaitingFor);
