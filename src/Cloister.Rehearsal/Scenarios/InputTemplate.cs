using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Cloister.Rehearsal.Scenarios;

/// <summary>The input of a tool call: JSON whose texts may hold <c>${name}</c>.</summary>
internal abstract record InputTemplate
{
    public string Render(IReadOnlyDictionary<string, string> values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer, values);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    protected abstract void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> values);

    public sealed record Text(Template Value) : InputTemplate
    {
        protected override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> values) =>
            writer.WriteStringValue(Value.Render(values));
    }

    /// <summary>A number, a truth value or null, as JSON writes it.</summary>
    public sealed record Literal(string Json) : InputTemplate
    {
        protected override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> values) => writer.WriteRawValue(Json);
    }

    public sealed record List(IReadOnlyList<InputTemplate> Items) : InputTemplate
    {
        protected override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> values)
        {
            writer.WriteStartArray();
            foreach (var item in Items)
                item.Write(writer, values);
            writer.WriteEndArray();
        }
    }

    public sealed record Map(IReadOnlyList<KeyValuePair<string, InputTemplate>> Entries) : InputTemplate
    {
        protected override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> values)
        {
            writer.WriteStartObject();
            foreach (var (key, value) in Entries)
            {
                writer.WritePropertyName(key);
                value.Write(writer, values);
            }
            writer.WriteEndObject();
        }
    }
}
