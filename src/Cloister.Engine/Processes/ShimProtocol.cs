using System.Text.Json;

namespace Cloister.Processes;

/// <summary>One line from the engine to a shim.</summary>
/// <param name="Op">What to do: <c>send close-stdin interrupt kill extend status ping</c>.</param>
/// <param name="Id">For <c>send</c>: delivered once per id.</param>
/// <param name="Line">For <c>send</c>: the line for the agent's input, without its end.</param>
/// <param name="Deadline">For <c>extend</c>: the new deadline.</param>
/// <param name="Stop">For <c>close-stdin</c>: true when the agent's end from now on is our doing.</param>
internal sealed record ShimRequest(string Op, string? Id = null, ReadOnlyMemory<byte>? Line = null, DateTimeOffset? Deadline = null, bool Stop = false);

/// <summary>The shim's answer, one line.</summary>
/// <param name="Ok">False when nothing was done.</param>
/// <param name="Delivered">For <c>send</c>: false for an id that was delivered before.</param>
/// <param name="Error">Why nothing was done.</param>
/// <param name="Status">For <c>status</c>.</param>
internal sealed record ShimReply(bool Ok, bool? Delivered = null, string? Error = null, ShimStatus? Status = null);

/// <summary>What a shim knows of its agent.</summary>
/// <param name="Agent">The agent's process.</param>
/// <param name="SecondsLeft">Until its deadline.</param>
/// <param name="OutputBytes">What it wrote so far, both streams.</param>
/// <param name="InputOpen">True while it can be sent lines.</param>
internal sealed record ShimStatus(ProcessIdentity Agent, double SecondsLeft, long OutputBytes, bool InputOpen);

/// <summary>The lines between engine and shim.</summary>
internal static class ShimProtocol
{
    /// <summary>The longest line for an agent, every character of it a quote, and the words around it.</summary>
    public const int MaxRequest = 2 * OutputTail.MaxLineLength + 4096;

    public static byte[] Write(ShimRequest request) => JsonLine.Write(json =>
    {
        json.WriteString("op"u8, request.Op);
        if (request.Id is { } id)
            json.WriteString("id"u8, id);
        if (request.Line is { } line)
            json.WriteString("line"u8, line.Span);
        if (request.Deadline is { } deadline)
            json.WriteString("deadline"u8, deadline);
        if (request.Stop)
            json.WriteBoolean("stop"u8, true);
    });

    /// <summary>The request, or null when the line is none.</summary>
    public static ShimRequest? TryReadRequest(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            var request = new ShimRequest("");
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                request = ReadMember(ref reader, request);
            return reader.Read() ? null : request;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static ShimRequest ReadMember(ref Utf8JsonReader reader, ShimRequest request)
    {
        var name = reader.GetString();
        reader.Read();
        switch (name)
        {
            case "op": return request with { Op = reader.GetString() ?? "" };
            case "id": return request with { Id = reader.GetString() };
            case "line": return request with { Line = Unescape(ref reader) };
            case "deadline": return request with { Deadline = reader.GetDateTimeOffset() };
            case "stop": return request with { Stop = reader.GetBoolean() };
            default:
                reader.Skip();
                return request;
        }
    }

    // Straight into an array of its own: a document or a string would leave one of the same size in a pool for ever.
    private static ReadOnlyMemory<byte> Unescape(ref Utf8JsonReader reader)
    {
        var bytes = new byte[reader.ValueSpan.Length];
        return bytes.AsMemory(0, reader.CopyString(bytes));
    }

    public static byte[] Write(ShimReply reply) => JsonLine.Write(json =>
    {
        json.WriteBoolean("ok"u8, reply.Ok);
        if (reply.Delivered is { } delivered)
            json.WriteBoolean("delivered"u8, delivered);
        if (reply.Error is { } error)
            json.WriteString("error"u8, error);
        if (reply.Status is not { } status)
            return;
        json.WriteString("agent"u8, status.Agent.ToString());
        json.WriteNumber("secondsLeft"u8, status.SecondsLeft);
        json.WriteNumber("outputBytes"u8, status.OutputBytes);
        json.WriteBoolean("inputOpen"u8, status.InputOpen);
    });

    public static ShimReply ReadReply(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        return new ShimReply(
            root.GetProperty("ok"u8).GetBoolean(),
            root.TryGetProperty("delivered"u8, out var delivered) ? delivered.GetBoolean() : null,
            root.TryGetProperty("error"u8, out var error) ? error.GetString() : null,
            root.TryGetProperty("agent"u8, out var agent)
                ? new ShimStatus(
                    ProcessIdentity.Parse(agent.GetString() ?? ""),
                    root.GetProperty("secondsLeft"u8).GetDouble(),
                    root.GetProperty("outputBytes"u8).GetInt64(),
                    root.GetProperty("inputOpen"u8).GetBoolean())
                : null);
    }
}
