using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Transport;

/// <summary>What came in: a message for the server, or why it is none and what the sender is told.</summary>
/// <param name="Message">The message, or null.</param>
/// <param name="Refusal">What to answer instead, or null.</param>
internal readonly record struct Judged(JsonRpcMessage? Message, JsonRpcError? Refusal);

/// <summary>
/// In front of the server: whatever comes in is a message of the protocol or is refused by its rules. What gets through can be read to its
/// end, because nothing behind expects otherwise.
/// </summary>
internal static class MessageGate
{
    /// <summary>A message has at most this many bytes: room for the largest plan, and no more memory than that for anybody.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    // Deeper than any argument of ours; the parser's own default.
    private const int MaxDepth = 64;

    // An id is a name for a call, not a place for data.
    private const int LongestId = 256;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>Judges one message.</summary>
    public static Judged Judge(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes, Strict);
            if (Complaint(json.RootElement) is { } complaint)
                return Refused(McpErrorCode.InvalidRequest, complaint, IdOf(json.RootElement));
            CheckTexts(bytes.Span);
            var message = JsonSerializer.Deserialize(bytes.Span, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage))) as JsonRpcMessage;
            return message is JsonRpcRequest call && ParameterShapes.Complaint(call) is { } wrong
                ? Refused(McpErrorCode.InvalidParams, wrong, call.Id)
                : new Judged(message, null);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or DecoderFallbackException or FormatException)
        {
            return Refused(McpErrorCode.ParseError, $"this is no JSON message: {Plain.Line(unreadable.Message)}", default);
        }
    }

    /// <summary>The refusal of a message that is too long to be read.</summary>
    public static JsonRpcError TooLong { get; } = Refused(McpErrorCode.InvalidRequest, $"a message has at most {MaxBytes / 1024 / 1024} MB: put long texts into files and name them", default).Refusal!;

    private static string? Complaint(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
            return "batches are not supported: send one message a line";
        if (root.ValueKind != JsonValueKind.Object)
            return "a message is a JSON object";
        if (!root.TryGetProperty("jsonrpc", out var version) || version.ValueKind != JsonValueKind.String || !version.ValueEquals("2.0"))
            return "jsonrpc has to be \"2.0\"";
        var isCall = root.TryGetProperty("method", out var method);
        if (isCall && method.ValueKind != JsonValueKind.String)
            return "method has to be a text";
        if (isCall && root.TryGetProperty("params", out var given) && given.ValueKind != JsonValueKind.Object)
            return "params has to be an object";
        if (isCall && root.TryGetProperty("params", out given) && given.TryGetProperty("_meta", out var meta) && meta.ValueKind != JsonValueKind.Object)
            return "_meta has to be an object";
        var hasId = root.TryGetProperty("id", out var id);
        if (hasId && !IsId(id))
            return "id has to be a text or a whole number";
        return isCall ? null : Complaint(root, hasId);
    }

    // An answer to something that the server asked.
    private static string? Complaint(JsonElement root, bool hasId) =>
        hasId && (root.TryGetProperty("result", out _) != root.TryGetProperty("error", out _)) ? null : "a message has a method, or an id with a result or an error";

    private static bool IsId(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.String => id.GetRawText().Length <= LongestId,
        JsonValueKind.Number => id.TryGetInt64(out _),
        _ => false,
    };

    // Half a letter passes as JSON and breaks whoever reads it as text.
    private static void CheckTexts(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped)
                _ = reader.GetString();
        }
    }

    private static RequestId IdOf(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("id", out var id) || !IsId(id))
            return default;
        return id.ValueKind == JsonValueKind.Number ? new RequestId(id.GetInt64()) : new RequestId(id.GetString()!);
    }

    private static Judged Refused(McpErrorCode code, string why, RequestId id) =>
        new(null, new JsonRpcError { Id = id, Error = new JsonRpcErrorDetail { Code = (int)code, Message = why } });
}
