using Cloister.Accounting;
using Cloister.Questions;

namespace Cloister.Sessions;

/// <summary>Something an agent did that the rest of the engine cares about. Closed: a backend translates, it does not extend.</summary>
internal abstract record AgentEvent;

/// <summary>The agent's process answered for the first time.</summary>
/// <param name="Model">The model that answers.</param>
/// <param name="BackendVersion">Version of the agent program.</param>
/// <param name="PermissionMode">Claude's own word.</param>
/// <param name="ProcessId">The process; null where there is none of its own.</param>
internal sealed record AgentReady(string Model, string BackendVersion, string PermissionMode, int? ProcessId = null) : AgentEvent;

/// <summary>What the agent is doing now, one line such as <c>Edit src/Web/Login.razor</c>. Untrusted text.</summary>
internal sealed record AgentActivity(string Line) : AgentEvent;

/// <summary>Cumulative figures of this attempt so far; the newest replaces the one before.</summary>
/// <param name="Tokens">Summed once per message id, subagents included.</param>
/// <param name="CostUsd">Estimate at list price.</param>
/// <param name="ContextTokens">What the main conversation's last turn had in its window.</param>
/// <param name="ContextWindow">Size of the window, or 0 while unknown.</param>
/// <param name="Turns">Model turns of the main conversation.</param>
internal sealed record AgentUsage(TokenUsage Tokens, decimal CostUsd, long ContextTokens, long ContextWindow, int Turns) : AgentEvent;

/// <summary>The agent waits for a person. Asked once per key, also after a restart.</summary>
internal sealed record AgentAsked(
    string Key, QuestionKind Kind, string Text, IReadOnlyList<string> Options, string? Tool, string? ToolInput) : AgentEvent;

/// <summary>The agent no longer waits for the answer under this key (it was interrupted or cancelled the request).</summary>
internal sealed record AgentQuestionWithdrawn(string Key) : AgentEvent;

/// <summary>The answer or message under this key has reached the agent's input.</summary>
internal sealed record AgentInputDelivered(string Key) : AgentEvent;

/// <summary>The agent reported progress through the worker tool: one line, and the path of a file worth keeping, if any.</summary>
internal sealed record AgentReported(string Text, string? ArtifactPath) : AgentEvent;

/// <summary>The agent gave a text to be kept under a name, through the worker tool.</summary>
internal sealed record AgentKept(string Name, string Text) : AgentEvent;

/// <summary>The agent declared itself done through the worker tool.</summary>
internal sealed record AgentDeclaredDone(string Summary, string? Left) : AgentEvent;

/// <summary>The conversation was compacted.</summary>
internal sealed record AgentCompacted(long PreTokens, long PostTokens) : AgentEvent;

/// <summary>The backend retries a model call by itself.</summary>
internal sealed record AgentRetrying(int? HttpStatus, string Error, int Attempt, TimeSpan Delay) : AgentEvent;

/// <summary>The credential's usage window as the service reports it.</summary>
internal sealed record AgentRateLimit(string Status, DateTimeOffset? ResetsAt) : AgentEvent;

/// <summary>A line of output that is not what it should be; kept raw in the file at this offset.</summary>
internal sealed record AgentLineRefused(long Offset, string Why) : AgentEvent;

/// <summary>The conversation can no longer be resumed (its file could not be written).</summary>
internal sealed record AgentSessionLost(string Why) : AgentEvent;
