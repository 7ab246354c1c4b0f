using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cloister.Storage;

/// <summary>
/// Strings as they are, half characters too: agents cut texts in the middle of an emoji, JSON cannot carry that, and a view replayed from
/// the journal must equal the one it was written from. Such a string is stored as an object that holds its UTF-16.
/// </summary>
internal sealed class LosslessTextConverter : JsonConverter<string>
{
    private const string Utf16 = "utf16";

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TokenType == JsonTokenType.String ? reader.GetString() : throw new JsonException("not a text");
        var wrapped = JsonElement.ParseValue(ref reader);
        if (!wrapped.TryGetProperty(Utf16, out var units) || !units.TryGetBytesFromBase64(out var bytes) || bytes.Length % sizeof(char) != 0)
            throw new JsonException("not a text");
        return new string(MemoryMarshal.Cast<byte, char>(bytes));
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (IsWellFormed(value))
        {
            writer.WriteStringValue(value);
            return;
        }
        writer.WriteStartObject();
        writer.WriteBase64String(Utf16, MemoryMarshal.AsBytes(value.AsSpan()));
        writer.WriteEndObject();
    }

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var surrogate = text.IndexOfAnyInRange('\ud800', '\udfff');
            if (surrogate < 0)
                return true;
            if (Rune.DecodeFromUtf16(text[surrogate..], out _, out var length) != System.Buffers.OperationStatus.Done)
                return false;
            text = text[(surrogate + length)..];
        }
    }
}

/// <summary>JSON given by an agent or a plan, character by character: parsing and writing it again would refuse half characters.</summary>
internal sealed class RawJsonConverter : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonElement.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
}
