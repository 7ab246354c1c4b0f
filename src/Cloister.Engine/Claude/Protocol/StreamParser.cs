using System.Text.Json;

namespace Cloister.Claude.Protocol;

/// <summary>
/// Turns the bytes of one output line into an event. Never throws: what cannot be read is a value, what a later version added is kept
/// by name and ignored.
/// </summary>
internal static class StreamParser
{
    // Deeper than any tool input seen; .NET's reader refuses the rest without recursion.
    private const int LargestDepth = 64;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = LargestDepth };

    /// <summary>Reads one line, without or with its line end.</summary>
    public static StreamEvent Parse(ReadOnlyMemory<byte> line)
    {
        var json = WithoutMark(line);
        try
        {
            return Read(json);
        }
        catch (JsonException e)
        {
            return new RefusedLine($"not JSON at byte {e.BytePositionInLine ?? 0}");
        }
        catch (InvalidOperationException)
        {
            // System.Text.Json finds broken text only when a string is read, and says so with this exception.
            return ReadRepaired(json);
        }
    }

    /// <summary>The line without the byte order mark that .NET's reader does not take.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> line) => line.Span.StartsWith("\uFEFF"u8) ? line[3..] : line;

    private static StreamEvent ReadRepaired(ReadOnlyMemory<byte> json)
    {
        try
        {
            return Read(UnicodeRepair.Repair(json.Span));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new RefusedLine("text that is not Unicode");
        }
    }

    private static StreamEvent Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Options);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            return new RefusedLine("not a JSON object");
        return root.Text("type") switch
        {
            "assistant" => MessageLines.Assistant(root),
            "user" => MessageLines.User(root),
            "stream_event" => MessageLines.Piece(root),
            "result" => ResultLine.Read(root),
            "system" => SystemLines.Read(root),
            "rate_limit_event" => SystemLines.RateLimit(root),
            "control_request" => ControlLines.Request(root),
            "control_response" => ControlLines.Response(root),
            "control_cancel_request" => new ControlCancel(root.Text("request_id") ?? ""),
            var other => new UnknownEvent(other ?? "", root.Text("subtype")),
        };
    }
}
