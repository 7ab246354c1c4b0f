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

    public static string ReadId(ReadOnlySpan<byte> line)
    {
        using var document = JsonDocument.Parse(line.ToArray());
        return document.RootElement.GetProperty("id"u8).GetString() ?? throw new JsonException("the id is null");
    }
}
