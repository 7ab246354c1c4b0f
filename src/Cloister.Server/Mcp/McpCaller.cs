using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Cloister.Delegation;
using Cloister.Runs;
using Cloister.Server.Mcp.Callers;
using Cloister.Server.Mcp.Seeds;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Cloister.Server.Mcp;

/// <summary>What has to be remembered between the calls of one client, or of all that hold no session. It does not grow for ever.</summary>
internal sealed class McpConversation
{
    // More forms than a person puts away in a day; who has forgotten them all may see one again.
    private const int MostShown = 1_000;

    private readonly ConcurrentDictionary<QuestionId, bool> _shown = new();

    /// <summary>Where the client writes down what it says, or null when we cannot know.</summary>
    public CallerTranscripts? Transcripts { get; init; }

    /// <summary>Where it is in texts that come page by page.</summary>
    public PageCursors Pages { get; } = new();

    /// <summary>True once for a question: after that its form lies before the person, or the person did not want to answer there.</summary>
    public bool TryShow(QuestionId question)
    {
        if (_shown.Count >= MostShown)
            _shown.Clear();
        return _shown.TryAdd(question, true);
    }
}

/// <summary>Who made a call, and what can be said to them while it lasts.</summary>
/// <param name="server">The connection, as this call sees it.</param>
/// <param name="conversation">What is remembered of earlier calls.</param>
/// <param name="meta">What came beside the arguments.</param>
internal sealed class McpCaller(McpServer server, McpConversation conversation, JsonObject? meta)
{
    // Claude Code's own id of a tool use: the same one comes again when the client repeats a call whose answer it lost.
    private const string ToolUseKey = "claudecode/toolUseId";

    // No name of a call is longer; more is somebody's mistake.
    private const int LongestId = 200;

    /// <summary>What is remembered between calls.</summary>
    public McpConversation Conversation => conversation;

    /// <summary>The client program's name, such as <c>claude-code</c>.</summary>
    public string? ClientName => server.ClientInfo?.Name;

    /// <summary>The client's own name of this call, or null.</summary>
    public string? CallId { get; } = meta?[ToolUseKey] is JsonValue value && value.TryGetValue<string>(out var id) && id.Length is > 0 and <= LongestId ? id : null;

    /// <summary>How full the window is of whoever calls; null: nobody tells.</summary>
    public async Task<CallerContext?> ContextAsync(CancellationToken cancellationToken) =>
        CallId is { } id && conversation.Transcripts is { } transcripts ? await transcripts.FindAsync(id, cancellationToken) : null;

    /// <summary>True when the client can put a form before the person.</summary>
    public bool CanAskPerson => server.ClientCapabilities?.Elicitation?.Form is not null;

    /// <summary>What the call is doing, for progress messages.</summary>
    public string? Doing { get; set; }

    /// <summary>Puts a form before the person.</summary>
    public ValueTask<ElicitResult> AskPersonAsync(ElicitRequestParams form, CancellationToken cancellationToken) => server.ElicitAsync(form, cancellationToken);
}
