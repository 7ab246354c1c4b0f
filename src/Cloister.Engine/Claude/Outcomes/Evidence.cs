using Cloister.Accounting;
using Cloister.Claude.Protocol;

namespace Cloister.Claude.Outcomes;

/// <summary>On whose behalf we ended an attempt.</summary>
internal enum EndedBy
{
    /// <summary>A person stopped or paused it.</summary>
    Person,

    /// <summary>Its budget, or the run's, was reached.</summary>
    Budget,

    /// <summary>It made no progress for too long.</summary>
    Stall,

    /// <summary>The credential was refused again.</summary>
    Credential,
}

/// <summary>What became of the subagent that was to do a task.</summary>
internal enum SubagentEnd
{
    /// <summary>There was none.</summary>
    NotStarted,

    /// <summary>It ended without an answer of its own.</summary>
    Failed,

    /// <summary>It took all the turns it may take.</summary>
    OutOfTurns,

    /// <summary>It answered.</summary>
    Answered,
}

/// <summary>How the process ended, as its exit record tells.</summary>
internal enum ProcessEnd
{
    /// <summary>By itself, with a code.</summary>
    Exited,

    /// <summary>By a signal.</summary>
    Signaled,

    /// <summary>It never started.</summary>
    SpawnFailed,

    /// <summary>Its shim died without a record.</summary>
    Unknown,
}

/// <summary>The process's side of the evidence.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Code">Exit code or signal number, by <paramref name="End"/>.</param>
/// <param name="DeadlinePassed">True when the shim killed it because its time was up.</param>
/// <param name="OutputLimitPassed">True when the shim killed it because it wrote too much.</param>
/// <param name="StderrTail">The last lines of stderr, or why there was no process. Untrusted text.</param>
/// <param name="Stopped">True when it left, or was killed, because we asked it to end.</param>
internal sealed record ProcessEvidence(ProcessEnd End, int Code, bool DeadlinePassed, bool OutputLimitPassed, string? StderrTail, bool Stopped = false);

/// <summary>Everything that the verdict on an attempt rests on.</summary>
/// <param name="Turns">Turns that began.</param>
/// <param name="Results">Turns that ended with a result.</param>
/// <param name="LastResult">The last of them.</param>
/// <param name="WentOn">True when the model or a tool spoke after the last result.</param>
/// <param name="Acted">True when a tool call that can change something succeeded.</param>
/// <param name="Denied">Tool calls that were denied.</param>
/// <param name="SchemaAsked">True when a structured result was asked for.</param>
/// <param name="SessionLost">True when the transcript could not be written.</param>
/// <param name="ApiError">The CLI's word for the last API failure.</param>
/// <param name="ResetsAt">When the usage limit resets, once it has rejected us.</param>
/// <param name="Ended">Why we ended it, or null.</param>
/// <param name="LimitRaised">True when more budget was granted than the process was started with.</param>
/// <param name="Tokens">Tokens used.</param>
/// <param name="CostUsd">Their cost.</param>
/// <param name="Over">True when nothing was left to do: a result is there, every message was taken, and the CLI said that it is idle.</param>
/// <param name="Subagent">What became of the subagent that was to do the task; null: the conversation itself was to.</param>
internal sealed record Evidence(
    int Turns,
    int Results,
    TurnResult? LastResult,
    bool WentOn,
    bool Acted,
    int Denied,
    bool SchemaAsked,
    bool SessionLost,
    string? ApiError,
    DateTimeOffset? ResetsAt,
    EndedBy? Ended,
    bool LimitRaised,
    TokenUsage Tokens,
    decimal CostUsd,
    bool Over = false,
    SubagentEnd? Subagent = null);
