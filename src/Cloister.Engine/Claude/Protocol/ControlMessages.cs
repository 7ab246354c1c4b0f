using System.Buffers;
using System.Text;
using System.Text.Json;
using Cloister.Agents;
using Cloister.Sessions;

namespace Cloister.Claude.Protocol;

/// <summary>
/// The lines we write to the CLI's standard input. Every text travels as a JSON string; the writer escapes what is not ASCII, so a line
/// is one line whatever it holds. Without the line end.
/// </summary>
internal static class ControlMessages
{
    /// <summary>The name under which our worker tools appear: <c>mcp__cloister__ask</c>.</summary>
    public const string ServerName = "cloister";

    // The CLI looks only into the last block of a message for what it does itself: it runs "/command" and reads in "@file". After this
    // block the user's text is never the last.
    private const string EndOfMessage = "(end of message)";

    /// <summary>The name of the subagent that does the work where a task is done by one.</summary>
    public const string SubagentName = "worker";

    /// <summary>The CLI's own tool that starts one.</summary>
    public const string AgentTool = "Agent";

    /// <summary>First line of the conversation: our tools, the role and the schema, none of which touches the command line.</summary>
    public static string Initialize(string requestId, AgentTask task) => Request(requestId, "initialize", json =>
    {
        json.WriteStartArray("sdkMcpServers");
        if (task.HasWorkerTools)
            json.WriteStringValue(ServerName);
        json.WriteEndArray();
        if (task.AsSubagent)
            WriteSubagent(json, task.Agent);
        else if (task.Agent.Prompt.Length > 0)
            json.WriteString("appendSystemPrompt", task.Agent.Prompt);
        if (task.ResultSchema is { } schema)
        {
            json.WritePropertyName("jsonSchema");
            schema.WriteTo(json);
        }
    });

    private static void WriteSubagent(Utf8JsonWriter json, AgentDefinition agent)
    {
        json.WriteStartObject("agents");
        json.WriteStartObject(SubagentName);
        json.WriteString("description", agent.Description);
        json.WriteString("prompt", agent.Prompt.Length > 0 ? agent.Prompt : agent.Description);
        if (agent.MaxTurns is { } turns)
            json.WriteNumber("maxTurns", turns);
        // One that starts others would hide behind them what it does.
        json.WriteStartArray("disallowedTools");
        json.WriteStringValue(AgentTool);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static string Interrupt(string requestId) => Request(requestId, "interrupt", _ => { });

    public static string SetPermissionMode(string requestId, string mode) =>
        Request(requestId, "set_permission_mode", json => json.WriteString("mode", mode));

    public static string GetContextUsage(string requestId) => Request(requestId, "get_context_usage", _ => { });

    /// <summary>A user message whose texts reach the model byte for byte, also when they look like a command.</summary>
    /// <param name="uuid">Its id; the CLI takes a message with the same id once.</param>
    /// <param name="texts">Its parts in order; empty ones are left out.</param>
    public static string UserMessage(Guid uuid, IReadOnlyList<string> texts)
    {
        var parts = texts.Where(text => text.Length > 0).ToList();
        if (parts is [.., var last] && (last.StartsWith('/') || last.Contains('@', StringComparison.Ordinal)))
            parts.Add(EndOfMessage);
        return Line(json =>
        {
            json.WriteString("type", "user");
            json.WriteString("uuid", uuid);
            json.WriteString("session_id", "");
            json.WriteNull("parent_tool_use_id");
            json.WriteStartObject("message");
            json.WriteString("role", "user");
            json.WriteStartArray("content");
            foreach (var part in parts)
            {
                json.WriteStartObject();
                json.WriteString("type", "text");
                json.WriteString("text", part);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public static string Allow(string requestId, Action<Utf8JsonWriter> writeInput) => Success(requestId, json =>
    {
        json.WriteString("behavior", "allow");
        json.WritePropertyName("updatedInput");
        writeInput(json);
    });

    public static string Deny(string requestId, string why) => Success(requestId, json =>
    {
        json.WriteString("behavior", "deny");
        json.WriteString("message", why);
    });

    /// <summary>A JSON-RPC answer of our in-band MCP server.</summary>
    /// <param name="requestId">The control request that carried the call.</param>
    /// <param name="rpcId">The call's own id; undefined for a notification, which the CLI wants answered too.</param>
    /// <param name="writeBody">Writes the <c>result</c> or <c>error</c> property.</param>
    public static string McpReply(string requestId, JsonElement rpcId, Action<Utf8JsonWriter> writeBody) => Success(requestId, json =>
    {
        json.WriteStartObject("mcp_response");
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        if (rpcId.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            rpcId.WriteTo(json);
        else
            json.WriteNumberValue(0);
        writeBody(json);
        json.WriteEndObject();
    });

    public static string CancelElicitation(string requestId) => Success(requestId, json => json.WriteString("action", "cancel"));

    public static string Refuse(string requestId, string why) => Line(json =>
    {
        json.WriteString("type", "control_response");
        json.WriteStartObject("response");
        json.WriteString("subtype", "error");
        json.WriteString("request_id", requestId);
        json.WriteString("error", why);
        json.WriteEndObject();
    });

    private static string Request(string requestId, string subtype, Action<Utf8JsonWriter> writeFields) => Line(json =>
    {
        json.WriteString("type", "control_request");
        json.WriteString("request_id", requestId);
        json.WriteStartObject("request");
        json.WriteString("subtype", subtype);
        writeFields(json);
        json.WriteEndObject();
    });

    private static string Success(string requestId, Action<Utf8JsonWriter> writeResponse) => Line(json =>
    {
        json.WriteString("type", "control_response");
        json.WriteStartObject("response");
        json.WriteString("subtype", "success");
        json.WriteString("request_id", requestId);
        json.WriteStartObject("response");
        writeResponse(json);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static string Line(Action<Utf8JsonWriter> writeFields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            writeFields(json);
            json.WriteEndObject();
        }

        return Encoding.ASCII.GetString(buffer.WrittenSpan);
    }
}
