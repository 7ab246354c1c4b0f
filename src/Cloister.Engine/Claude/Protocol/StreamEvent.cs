using System.Text.Json;
using Cloister.Accounting;

namespace Cloister.Claude.Protocol;

/// <summary>One line of Claude Code's stream-json output. Closed; a line of a later version becomes an <see cref="UnknownEvent"/>.</summary>
internal abstract record StreamEvent;

/// <summary>A turn begins: printed once per user message.</summary>
internal sealed record SessionInit(
    string SessionId,
    string Model,
    string Version,
    string PermissionMode,
    IReadOnlyList<string> Tools,
    IReadOnlyList<McpServerState> McpServers) : StreamEvent;

/// <summary>An MCP server as the CLI sees it: <c>connected</c>, <c>pending</c> or <c>failed</c>.</summary>
internal sealed record McpServerState(string Name, string Status);

/// <summary>One content block of a model message; the lines of one message share its id.</summary>
/// <param name="Id">The message's id, the key under which usage is counted once.</param>
/// <param name="Model">The model that wrote it, or <c>&lt;synthetic&gt;</c> for the CLI's own error texts.</param>
/// <param name="ParentToolUseId">The Agent call it belongs to; null in the main conversation.</param>
/// <param name="Usage">Exact on the input side, a placeholder on the output side.</param>
/// <param name="Content">Its blocks.</param>
/// <param name="Error">The CLI's word for an API failure such as <c>authentication_failed</c>, or null.</param>
internal sealed record AssistantMessage(
    string Id,
    string Model,
    string? ParentToolUseId,
    TokenUsage Usage,
    IReadOnlyList<ContentBlock> Content,
    string? Error) : StreamEvent
{
    /// <summary>The model that the CLI's own error texts come from, and that does not exist.</summary>
    public const string Synthetic = "<synthetic>";
}

/// <summary>A block of a model message.</summary>
internal abstract record ContentBlock;

/// <summary>Words.</summary>
internal sealed record TextBlock(string Text) : ContentBlock;

/// <summary>The model calls a tool. The input is a copy that outlives the line.</summary>
internal sealed record ToolUseBlock(string Id, string Name, JsonElement Input) : ContentBlock;

/// <summary>Thinking, images and kinds of block this version does not read.</summary>
internal sealed record OtherBlock(string Type) : ContentBlock;

/// <summary>Tool results, or a text that the CLI itself put into the conversation.</summary>
/// <param name="ParentToolUseId">The subagent's tool call, or null for the main conversation.</param>
/// <param name="Results">What tools answered.</param>
/// <param name="SubagentTokens">Tokens of a subagent's last words, where it is one that answered; 0: they were not a model's.</param>
internal sealed record UserMessage(string? ParentToolUseId, IReadOnlyList<ToolResult> Results, long? SubagentTokens = null) : StreamEvent;

/// <summary>The CLI has taken the message of ours that has this id.</summary>
internal sealed record MessageTaken(string Uuid) : StreamEvent;

/// <summary>What a tool answered; the content stays in the file.</summary>
internal sealed record ToolResult(string ToolUseId, bool IsError);

/// <summary>The model began a message (partial messages).</summary>
internal sealed record MessageStarted(string Id, string Model, string? ParentToolUseId, TokenUsage Usage) : StreamEvent;

/// <summary>The message that began last in this conversation is complete; the only place with its true output tokens.</summary>
internal sealed record MessageEnding(string? ParentToolUseId, TokenUsage Usage, string? StopReason) : StreamEvent;

/// <summary>A piece of a message while it streams; only a sign of life.</summary>
internal sealed record MessagePiece(string Type, string? ParentToolUseId) : StreamEvent;

/// <summary>A turn ended.</summary>
/// <param name="Subtype"><c>success</c> or one of the <c>error_…</c> words; <c>success</c> says nothing without <paramref name="IsError"/>.</param>
/// <param name="IsError">True on every API failure, also under <c>success</c>.</param>
/// <param name="ApiErrorStatus">HTTP status of the failure, where the CLI tells it.</param>
/// <param name="TerminalReason"><c>completed</c>, <c>max_turns</c>, <c>aborted_tools</c>, …; some versions leave it out.</param>
/// <param name="Result">The last words of the model. Untrusted text.</param>
/// <param name="Errors">The CLI's own explanations.</param>
/// <param name="StructuredOutput">The result by schema, or null.</param>
/// <param name="Turns">The CLI's count, which counts parallel tools twice.</param>
/// <param name="TotalCostUsd">Cumulative over the process, in later versions over the whole conversation.</param>
/// <param name="ModelUsage">Cumulative as <paramref name="TotalCostUsd"/>, subagents included.</param>
/// <param name="UsageSinceLastResult">What this turn alone used; only later versions say so.</param>
/// <param name="DeniedTools">Names of the tool calls that were denied.</param>
internal sealed record TurnResult(
    string Subtype,
    bool IsError,
    int? ApiErrorStatus,
    string? TerminalReason,
    string? Result,
    IReadOnlyList<string> Errors,
    JsonElement? StructuredOutput,
    int Turns,
    decimal TotalCostUsd,
    IReadOnlyList<ModelUsage> ModelUsage,
    IReadOnlyList<ModelUsage>? UsageSinceLastResult,
    IReadOnlyList<string> DeniedTools) : StreamEvent;

/// <summary>The CLI is about to repeat a model call.</summary>
internal sealed record ApiRetry(int Attempt, int MaxRetries, TimeSpan Delay, int? HttpStatus, string Error) : StreamEvent;

/// <summary>The subscription's usage window.</summary>
internal sealed record RateLimitChanged(string Status, DateTimeOffset? ResetsAt, string? Window) : StreamEvent;

/// <summary>The conversation was compacted.</summary>
internal sealed record CompactBoundary(string Trigger, long PreTokens, long PostTokens) : StreamEvent;

/// <summary>What the CLI is busy with, or that the permission mode was switched.</summary>
internal sealed record StatusChanged(string? Status, string? PermissionMode) : StreamEvent;

/// <summary><c>running</c>, <c>requires_action</c> or <c>idle</c>; idle after a result means that the turn is really over.</summary>
internal sealed record SessionStateChanged(string State) : StreamEvent;

/// <summary>A subagent or a long Bash: <c>task_started</c>, <c>task_progress</c>, <c>task_updated</c>, <c>task_notification</c>.</summary>
internal sealed record BackgroundTask(string Phase, string TaskId, string? ToolUseId, string? Status) : StreamEvent;

/// <summary>A tool call was denied without asking us.</summary>
internal sealed record PermissionDenied(string Tool, string ToolUseId, string Reason) : StreamEvent;

/// <summary>The transcript could not be written: the conversation cannot be resumed.</summary>
internal sealed record SessionWritesLost(string Why) : StreamEvent;

/// <summary>Another model took over.</summary>
internal sealed record ModelFallback(string OriginalModel, string FallbackModel) : StreamEvent;

/// <summary>The model refused to go on.</summary>
internal sealed record ModelRefusal(string Model) : StreamEvent;

/// <summary>A line of a known envelope that this version has no use for, or of a type it does not know.</summary>
internal sealed record UnknownEvent(string Type, string? Subtype) : StreamEvent;

/// <summary>A line that is not a JSON object; it stays raw in the file.</summary>
internal sealed record RefusedLine(string Why) : StreamEvent;

/// <summary>The CLI asks its host for something and waits.</summary>
internal abstract record ControlRequest(string RequestId) : StreamEvent;

/// <summary>May this tool run with this input?</summary>
internal sealed record CanUseTool(string RequestId, string Tool, JsonElement Input, string ToolUseId, string? DecisionReason)
    : ControlRequest(RequestId);

/// <summary>A JSON-RPC message for an MCP server that lives in the host.</summary>
internal sealed record McpMessage(string RequestId, string Server, JsonElement Message) : ControlRequest(RequestId);

/// <summary>An MCP server wants a form filled in.</summary>
internal sealed record Elicitation(string RequestId) : ControlRequest(RequestId);

/// <summary>A request this version does not serve.</summary>
internal sealed record OtherControlRequest(string RequestId, string Subtype) : ControlRequest(RequestId);

/// <summary>The CLI's answer to one of our own requests.</summary>
internal sealed record ControlResponse(string RequestId, string? Error, JsonElement? Response) : StreamEvent;

/// <summary>The CLI no longer waits for our answer.</summary>
internal sealed record ControlCancel(string RequestId) : StreamEvent;
