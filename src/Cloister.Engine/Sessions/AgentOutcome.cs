using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Accounting;
using Cloister.Runs;

namespace Cloister.Sessions;

/// <summary>How an attempt's process ended, judged from all its evidence together; no single field is trusted.</summary>
/// <param name="Verdict">What it means for the attempt.</param>
/// <param name="Reason">Why it failed; null on success.</param>
/// <param name="Message">One line for a person. May hold untrusted text.</param>
/// <param name="Result">The agent's last words. Untrusted text.</param>
/// <param name="StructuredResult">The result by schema, or null when none was asked for or given.</param>
/// <param name="Tokens">Final cumulative tokens of this attempt.</param>
/// <param name="CostUsd">Final estimate of this attempt.</param>
/// <param name="Resumable">True when the conversation can go on with a resume.</param>
/// <param name="ResetsAt">When the usage limit resets, for <see cref="AgentVerdict.Parked"/>.</param>
/// <param name="StderrTail">The last lines of stderr. Untrusted text.</param>
/// <param name="Survivors">Processes of it that no signal could end; null: none are left.</param>
public sealed record AgentOutcome(
    AgentVerdict Verdict,
    TaskReason? Reason,
    string Message,
    string? Result,
    JsonElement? StructuredResult,
    TokenUsage Tokens,
    decimal CostUsd,
    bool Resumable,
    DateTimeOffset? ResetsAt = null,
    string? StderrTail = null,
    string? Survivors = null);

/// <summary>What an ended process means for its task: the retry class.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AgentVerdict>))]
public enum AgentVerdict
{
    /// <summary>Ended well; checks decide the rest.</summary>
    Succeeded,

    /// <summary>Ended by our own stop request.</summary>
    Stopped,

    /// <summary>Will fail the same way again; do not retry.</summary>
    Failed,

    /// <summary>The process died or stalled; resume soon, counted.</summary>
    Crashed,

    /// <summary>The service is overloaded or unreachable; back off under the credential's shared breaker.</summary>
    Unavailable,

    /// <summary>The usage limit is reached; free the slot and wait for the reset.</summary>
    Parked,

    /// <summary>The credential was refused; a person has to log in.</summary>
    Unauthorized,
}
