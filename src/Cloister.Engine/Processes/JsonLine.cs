using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Cloister.Processes;

/// <summary>
/// An object as one line of JSON. Written out by hand: a serializer would be a third of what a waiting shim holds in memory.
/// </summary>
internal static class JsonLine
{
    // Read by programs only: a quote is two bytes, not the six that a web page needs.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line without its end.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
