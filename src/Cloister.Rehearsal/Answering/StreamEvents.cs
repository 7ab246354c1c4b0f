using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cloister.Rehearsal.Answering;

/// <summary>One server-sent event.</summary>
/// <param name="Type">Its name, also inside the data.</param>
/// <param name="Data">JSON text on one line.</param>
internal readonly record struct StreamEvent(string Type, string Data)
{
    public bool IsDelta => Type is "content_block_delta";

    public bool IsEnd => Type is "message_stop";
}

/// <summary>A message as the Messages API streams it, and as it answers without streaming. Pure.</summary>
internal static class StreamEvents
{
    /// <summary>A piece of text the size a model sends; long texts get larger pieces instead of more.</summary>
    private const int PieceLength = 40;

    /// <summary>Enough pieces to look alive, few enough to stay cheap.</summary>
    private const int MaxPieces = 64;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly StreamEvent Ping = Event("ping", new { type = "ping" });

    public static IEnumerable<StreamEvent> Of(RenderedMessage message)
    {
        yield return Event("message_start", new { type = "message_start", message = Whole(message, content: [], stopReason: null, outputTokens: 1) });
        yield return Ping;
        for (var index = 0; index < message.Blocks.Count; index++)
        {
            var block = message.Blocks[index];
            yield return Event("content_block_start", new { type = "content_block_start", index, content_block = Empty(block) });
            foreach (var delta in Deltas(block))
                yield return Event("content_block_delta", new { type = "content_block_delta", index, delta });
            yield return Event("content_block_stop", new { type = "content_block_stop", index });
        }
        yield return Event("message_delta", new
        {
            type = "message_delta",
            delta = new { stop_reason = message.StopReason, stop_sequence = (string?)null },
            usage = Usage(message.Usage, message.Usage.Output),
        });
        yield return Event("message_stop", new { type = "message_stop" });
    }

    /// <summary>The answer to a request without streaming.</summary>
    public static string WholeOf(RenderedMessage message) =>
        JsonSerializer.Serialize(Whole(message, [.. message.Blocks.Select(Full)], message.StopReason, message.Usage.Output), Json);

    /// <summary>An error, as a response body and as the data of an error event.</summary>
    public static string ErrorOf(string type, string message, string requestId) =>
        JsonSerializer.Serialize(new { type = "error", error = new { type, message }, request_id = requestId }, Json);

    private static StreamEvent Event(string type, object data) => new(type, JsonSerializer.Serialize(data, Json));

    private static object Whole(RenderedMessage message, object[] content, string? stopReason, long outputTokens) => new
    {
        id = message.Id,
        type = "message",
        role = "assistant",
        model = message.Model,
        content,
        stop_reason = stopReason,
        stop_sequence = (string?)null,
        usage = Usage(message.Usage, outputTokens),
    };

    private static object Usage(RequestUsage usage, long outputTokens) => new
    {
        input_tokens = usage.Input,
        cache_creation_input_tokens = usage.CacheWrite,
        cache_read_input_tokens = usage.CacheRead,
        output_tokens = outputTokens,
    };

    private static object Empty(RenderedBlock block) => block switch
    {
        RenderedBlock.Text => new { type = "text", text = "" },
        RenderedBlock.Thinking => new { type = "thinking", thinking = "", signature = "" },
        RenderedBlock.ToolUse tool => new { type = "tool_use", id = tool.Id, name = tool.Name, input = new { } },
        _ => throw new InvalidOperationException($"no block is a {block.GetType().Name}"),
    };

    private static object Full(RenderedBlock block) => block switch
    {
        RenderedBlock.Text text => new { type = "text", text = text.Value },
        RenderedBlock.Thinking thinking => new { type = "thinking", thinking = thinking.Value, signature = thinking.Signature },
        RenderedBlock.ToolUse tool => new { type = "tool_use", id = tool.Id, name = tool.Name, input = InputOf(tool) },
        _ => throw new InvalidOperationException($"no block is a {block.GetType().Name}"),
    };

    // Broken input has no form without streaming; the API would not send it either.
    private static JsonElement InputOf(RenderedBlock.ToolUse tool)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(tool.Input, Json);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(new { });
        }
    }

    private static IEnumerable<object> Deltas(RenderedBlock block) => block switch
    {
        RenderedBlock.Text text => Pieces(text.Value).Select(piece => new { type = "text_delta", text = piece }),
        RenderedBlock.Thinking thinking => Pieces(thinking.Value)
            .Select(object (piece) => new { type = "thinking_delta", thinking = piece })
            .Append(new { type = "signature_delta", signature = thinking.Signature }),
        RenderedBlock.ToolUse tool => Pieces(tool.Input).Select(piece => new { type = "input_json_delta", partial_json = piece }),
        _ => throw new InvalidOperationException($"no block is a {block.GetType().Name}"),
    };

    internal static IEnumerable<string> Pieces(string text)
    {
        var length = Math.Max(PieceLength, (text.Length + MaxPieces - 1) / MaxPieces);
        for (var start = 0; start < text.Length;)
        {
            var end = Math.Min(text.Length, start + length);
            if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
                end++;
            yield return text[start..end];
            start = end;
        }
    }
}
