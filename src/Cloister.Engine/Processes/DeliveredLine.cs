using System.Text.Json;

namespace Cloister.Processes;

/// <summary>One line of the file that says what has reached the agent.</summary>
internal static class DeliveredLine
{
    public static byte[] Write(string id, DateTimeOffset at)
    {
        var entry = JsonLine.Write(json =>
        {
            json.WriteString("id"u8, id);
            json.WriteString("at"u8, at);
        });
        return [.. entry, (byte)'\n'];
    }

    /// <summary>The id, or null for a line that a full disk cut off: nobody was told that it had been delivered.</summary>
    public static string? TryReadId(ReadOnlySpan<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line.ToArray());
            return document.RootElement.GetProperty("id"u8).GetString();
        }
        catch (Exception torn) when (torn is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
