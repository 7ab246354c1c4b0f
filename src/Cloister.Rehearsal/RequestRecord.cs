using System.Text.Json.Serialization;

namespace Cloister.Rehearsal;

/// <summary>One request the server was asked, and which rule answered it.</summary>
public sealed record RequestRecord
{
    /// <summary>Counts all requests of the server, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it arrived.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary><c>messages</c> or <c>count_tokens</c>.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The part of the path before <c>/v1</c>, such as <c>/s/r7</c>; empty without one.</summary>
    public required string Prefix { get; init; }

    /// <summary>The Claude session that asked, or empty.</summary>
    public required string Session { get; init; }

    /// <summary>The subagent that asked, or null for the main conversation.</summary>
    public required string? Agent { get; init; }

    /// <summary>
    /// The headers that carried a credential, each with the first twelve digits of its SHA-256, such as <c>x-api-key 3f2a…</c>: enough to
    /// tell which one was used, nothing to use it with. Empty when there was none.
    /// </summary>
    public required IReadOnlyList<string> Credentials { get; init; }

    /// <summary>The model asked for.</summary>
    public required string Model { get; init; }

    /// <summary>False for the CLI's second try without streaming.</summary>
    public required bool Streams { get; init; }

    /// <summary>Size of the request by part.</summary>
    public required RequestBytes Bytes { get; init; }

    /// <summary>Tokens of the whole request, computed from its bytes also where the scenario reports other figures.</summary>
    public required long Tokens { get; init; }

    /// <summary>Which of <see cref="RehearsalOptions.Markers"/> stand anywhere in the request.</summary>
    public required IReadOnlyList<string> Markers { get; init; }

    /// <summary>Names of the tools offered, in the request's order.</summary>
    public required IReadOnlyList<string> Tools { get; init; }

    /// <summary>Number of messages.</summary>
    public required int Messages { get; init; }

    /// <summary>Model turns of the conversation including this one, from 1.</summary>
    public required int Turn { get; init; }

    /// <summary>The last text of the user, cut to its first 4,096 characters.</summary>
    public required string LastUserText { get; init; }

    /// <summary>The CLI asked for a summary of the conversation.</summary>
    public required bool Compaction { get; init; }

    /// <summary>The rule that answered.</summary>
    public required string Rule { get; init; }

    /// <summary>Which step of the rule, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>The HTTP status of the answer.</summary>
    public required int Status { get; init; }

    /// <summary>How the stream was broken on purpose, in the scenario's words, or null.</summary>
    public required string? Fault { get; init; }

    /// <summary>The token figures the answer reported; all zero for an error.</summary>
    public required RequestUsage Usage { get; init; }

    /// <summary>The whole request as JSON text, when <see cref="RehearsalOptions.KeepBodies"/> is on and it is not too long ago.</summary>
    [JsonIgnore]
    public string? Body { get; init; }
}

/// <summary>Bytes of a request by part, as they stood on the wire.</summary>
/// <param name="System">The system prompt.</param>
/// <param name="Tools">Tool definitions.</param>
/// <param name="Messages">The conversation.</param>
/// <param name="Total">Everything.</param>
public sealed record RequestBytes(int System, int Tools, int Messages, int Total);

/// <summary>Token figures of an answer, as the Messages API reports them.</summary>
/// <param name="Input">Tokens at full price.</param>
/// <param name="CacheRead">Tokens the prompt cache knew.</param>
/// <param name="CacheWrite">Tokens the prompt cache learnt.</param>
/// <param name="Output">Tokens of the answer.</param>
public sealed record RequestUsage(long Input, long CacheRead, long CacheWrite, long Output)
{
    /// <summary>Nothing used.</summary>
    public static readonly RequestUsage None = new(0, 0, 0, 0);

    /// <summary>Adds figure by figure.</summary>
    public static RequestUsage operator +(RequestUsage left, RequestUsage right) =>
        new(left.Input + right.Input, left.CacheRead + right.CacheRead, left.CacheWrite + right.CacheWrite, left.Output + right.Output);
}
