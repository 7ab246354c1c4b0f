using System.Text.Json.Serialization;

namespace Cloister.Plans;

/// <summary>How a task's session is kept apart from others, spoken with, and helped over its limits.</summary>
/// <param name="Name">The named session it belongs to, whose tasks run one after another in one workspace; null: a session of its own.</param>
/// <param name="Isolation">What its agent sees of the project, the user's settings and other tasks.</param>
/// <param name="Preserve">What a named session carries from one of its tasks to the next.</param>
/// <param name="Communication">How instructions, progress and results travel.</param>
/// <param name="OnTimeout">What happens when its time is nearly up.</param>
/// <param name="AutoRecovery">True when a crash or a standstill is retried without a person.</param>
/// <param name="ContextLimit">
/// Tokens of context after which a fresh conversation takes over, at 90 % of it; null: Claude Code compacts the conversation by itself.
/// </param>
/// <param name="Mode">A process of its own, or a subagent within one.</param>
/// <param name="Folder">Where in the workspace it works, relative; null: at its top.</param>
public sealed record SessionSettings(
    [property: JsonPropertyName("name")] string? Name = null,
    [property: JsonPropertyName("isolation")] IsolationLevel Isolation = IsolationLevel.Partial,
    [property: JsonPropertyName("preserve")] ContextPreservation Preserve = ContextPreservation.Session,
    [property: JsonPropertyName("communication")] Communication Communication = Communication.Tools,
    [property: JsonPropertyName("onTimeout")] TimeoutHandling OnTimeout = TimeoutHandling.Fail,
    [property: JsonPropertyName("autoRecovery")] bool AutoRecovery = true,
    [property: JsonPropertyName("contextLimit")] int? ContextLimit = null,
    [property: JsonPropertyName("mode")] ExecutionMode Mode = ExecutionMode.Isolated,
    [property: JsonPropertyName("folder")] string? Folder = null)
{
    /// <summary>What holds where a plan says nothing.</summary>
    public static SessionSettings Standard { get; } = new();
}

/// <summary>What an agent sees beside its own task.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IsolationLevel>))]
public enum IsolationLevel
{
    /// <summary>A workspace and a Claude configuration of its own; nothing of the project's instructions, of other tasks or of the user's settings.</summary>
    [JsonStringEnumMemberName("full")] Full,

    /// <summary>A workspace of its own; the project's instructions and the results of the tasks it needs are in its context.</summary>
    [JsonStringEnumMemberName("partial")] Partial,

    /// <summary>The workspace of its parent task, or the project folder itself; everything the run has found out so far is in its context.</summary>
    [JsonStringEnumMemberName("shared_context")] SharedContext,
}

/// <summary>What a named session carries from one task to the next.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ContextPreservation>))]
public enum ContextPreservation
{
    /// <summary>The same Claude conversation goes on.</summary>
    [JsonStringEnumMemberName("session")] Session,

    /// <summary>A fresh conversation that is told what the earlier tasks achieved.</summary>
    [JsonStringEnumMemberName("task")] Task,

    /// <summary>Nothing: a fresh conversation that hears of no other task.</summary>
    [JsonStringEnumMemberName("none")] None,
}

/// <summary>How the engine and an agent speak with each other.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Communication>))]
public enum Communication
{
    /// <summary>Tools over the agent's own pipe; results are reported as artifacts.</summary>
    [JsonStringEnumMemberName("tools")] Tools,

    /// <summary>Files in the session's folder; the agent needs no tool server at all.</summary>
    [JsonStringEnumMemberName("files")] Files,
}

/// <summary>What happens when an attempt's time is nearly up.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TimeoutHandling>))]
public enum TimeoutHandling
{
    /// <summary>It fails; its work is kept.</summary>
    [JsonStringEnumMemberName("fail")] Fail,

    /// <summary>It gets more time, a bounded number of times, and is told so.</summary>
    [JsonStringEnumMemberName("extend")] Extend,

    /// <summary>It writes down where it is, and a fresh conversation goes on in the same workspace.</summary>
    [JsonStringEnumMemberName("handover")] Handover,
}

/// <summary>In what a task's agent runs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExecutionMode>))]
public enum ExecutionMode
{
    /// <summary>The task has a conversation, and so a context window, for itself.</summary>
    [JsonStringEnumMemberName("isolated")] Isolated,

    /// <summary>The task runs as a subagent that one Claude Code process starts with its own Agent tool.</summary>
    [JsonStringEnumMemberName("subagent")] Subagent,
}
