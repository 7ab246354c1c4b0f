using System.Runtime.InteropServices;
using System.Text.Json;

namespace Cloister.Rehearsal.Messages;

/// <summary>Lenient access to foreign JSON: what is not there or of another kind is simply absent.</summary>
internal static class JsonReading
{
    public static JsonElement Property(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    public static string? Text(this JsonElement element, string name) =>
        element.Property(name) is { ValueKind: JsonValueKind.String } text ? text.Decode() : null;

    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    /// <summary>The blocks of a message or tool result, whose content may also be a bare text.</summary>
    public static IEnumerable<JsonElement> Content(this JsonElement message) =>
        message.Property("content") is { ValueKind: JsonValueKind.String } text
            ? [AsBlock(text)]
            : message.Property("content").Items();

    /// <summary>Length of the value as it stands in the request.</summary>
    public static int ByteCount(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Undefined ? 0 : JsonMarshal.GetRawUtf8Value(element).Length;

    // The reader finds half a character only when the text is taken out; to the caller it is a broken request like any other.
    public static string? Decode(this JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a text is not valid Unicode", e);
        }
    }

    private static JsonElement AsBlock(JsonElement text) => JsonSerializer.SerializeToElement(new { type = "text", text = text.Decode() });
}
