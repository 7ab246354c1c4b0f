using System.Text.Json.Serialization;

namespace Cloister.Runs;

/// <summary>Where a task is in its life; the same words on every surface. <c>TaskMachine</c> holds the moves.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TaskState>))]
public enum TaskState
{
    /// <summary>Waits for its dependencies, a free slot, or the time it was parked until.</summary>
    [JsonStringEnumMemberName("queued")] Queued,

    /// <summary>An attempt is claimed: workspace and setup are being prepared.</summary>
    [JsonStringEnumMemberName("starting")] Starting,

    /// <summary>The agent works, or its work is being committed and checked.</summary>
    [JsonStringEnumMemberName("working")] Working,

    /// <summary>The agent waits for a person.</summary>
    [JsonStringEnumMemberName("needs_input")] NeedsInput,

    /// <summary>Succeeded with changes that wait to be merged.</summary>
    [JsonStringEnumMemberName("review")] Review,

    /// <summary>Its commits are on the run's integration branch.</summary>
    [JsonStringEnumMemberName("merged")] Merged,

    /// <summary>Succeeded, nothing to merge.</summary>
    [JsonStringEnumMemberName("done")] Done,

    /// <summary>Ended without success; the reason says why.</summary>
    [JsonStringEnumMemberName("failed")] Failed,

    /// <summary>Stopped by a person; its work is kept.</summary>
    [JsonStringEnumMemberName("stopped")] Stopped,

    /// <summary>Never ran: its condition was false or a task it needs did not succeed.</summary>
    [JsonStringEnumMemberName("skipped")] Skipped,

    /// <summary>Written down; nobody has asked for it to be done yet.</summary>
    [JsonStringEnumMemberName("planned")] Planned,

    /// <summary>Whoever asked for it does it themselves, in their own conversation.</summary>
    [JsonStringEnumMemberName("handed_out")] HandedOut,
}

/// <summary>Why a task is in the state it is in, where the state alone does not say it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TaskReason>))]
public enum TaskReason
{
    /// <summary>Its time was up.</summary>
    [JsonStringEnumMemberName("timeout")] Timeout,

    /// <summary>Its money, or the run's, was spent.</summary>
    [JsonStringEnumMemberName("budget")] Budget,

    /// <summary>The usage limit of the credential is reached, or the service is overloaded for too long.</summary>
    [JsonStringEnumMemberName("rate_limit")] RateLimit,

    /// <summary>The conversation no longer fits the model's window.</summary>
    [JsonStringEnumMemberName("context")] Context,

    /// <summary>A declared check, or the declared result's schema, did not pass.</summary>
    [JsonStringEnumMemberName("check")] Check,

    /// <summary>Its base could not be built because commits it needs conflict.</summary>
    [JsonStringEnumMemberName("conflict")] Conflict,

    /// <summary>The process died or said nothing that counts as a result.</summary>
    [JsonStringEnumMemberName("crash")] Crash,

    /// <summary>Everything it tried was denied.</summary>
    [JsonStringEnumMemberName("denied")] Denied,

    /// <summary>A task it needs did not succeed.</summary>
    [JsonStringEnumMemberName("dependency")] Dependency,

    /// <summary>The credential was refused.</summary>
    [JsonStringEnumMemberName("auth")] Auth,

    /// <summary>The agent spoke in a way this version does not understand.</summary>
    [JsonStringEnumMemberName("protocol")] Protocol,

    /// <summary>The model service refused or failed, and no retry is left.</summary>
    [JsonStringEnumMemberName("api")] Api,

    /// <summary>The workspace, its setup command or the disk failed.</summary>
    [JsonStringEnumMemberName("workspace")] Workspace,

    /// <summary>Its <c>if</c> condition is false.</summary>
    [JsonStringEnumMemberName("condition")] Condition,

    /// <summary>A person stopped it.</summary>
    [JsonStringEnumMemberName("user")] User,
}
