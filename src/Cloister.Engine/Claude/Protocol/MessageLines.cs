using System.Text.Json;
using Cloister.Accounting;

namespace Cloister.Claude.Protocol;

/// <summary>The lines that carry the conversation: <c>assistant</c>, <c>user</c> and the raw API events of partial messages.</summary>
internal static class MessageLines
{
    public static StreamEvent Assistant(JsonElement line)
    {
        var message = line.Field("message");
        return new AssistantMessage(
            message.Text("id") ?? "",
            message.Text("model") ?? "",
            line.Text("parent_tool_use_id"),
            Usage(message.Field("usage")),
            [.. message.Items("content").Select(Block)],
            line.Text("error"));
    }

    public static StreamEvent User(JsonElement line)
    {
        if (line.Flag("isReplay"))
            return new MessageTaken(line.Text("uuid") ?? "");
        var results = line.Field("message").Items("content").Where(block => block.Text("type") == "tool_result");
        return new UserMessage(
            line.Text("parent_tool_use_id"),
            [.. results.Select(block => new ToolResult(block.Text("tool_use_id") ?? "", block.Flag("is_error")))],
            SubagentTokens(line.Field("tool_use_result")));
    }

    public static StreamEvent Piece(JsonElement line)
    {
        var piece = line.Field("event");
        var parent = line.Text("parent_tool_use_id");
        var message = piece.Field("message");
        return piece.Text("type") switch
        {
            "message_start" => new MessageStarted(
                message.Text("id") ?? "", message.Text("model") ?? "", parent, Usage(message.Field("usage"))),
            "message_delta" => new MessageEnding(parent, Usage(piece.Field("usage")), piece.Field("delta").Text("stop_reason")),
            var other => new MessagePiece(other ?? "", parent),
        };
    }

    private static long? SubagentTokens(JsonElement result) =>
        result.Field("totalTokens").ValueKind == JsonValueKind.Number ? result.Count("totalTokens") : null;

    private static ContentBlock Block(JsonElement block) => block.Text("type") switch
    {
        "text" => new TextBlock(block.Text("text") ?? ""),
        "tool_use" => new ToolUseBlock(block.Text("id") ?? "", block.Text("name") ?? "", Copy(block.Field("input"))),
        var other => new OtherBlock(other ?? ""),
    };

    private static JsonElement Copy(JsonElement element) => element.ValueKind == JsonValueKind.Undefined ? element : element.Clone();

    private static TokenUsage Usage(JsonElement usage) => new(
        usage.Count("input_tokens"),
        usage.Count("cache_read_input_tokens"),
        usage.Count("cache_creation_input_tokens"),
        usage.Count("output_tokens"));
}
