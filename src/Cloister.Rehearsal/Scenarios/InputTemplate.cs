using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Cloister.Rehearsal.Scenarios;

/// <summary>The input of a tool call: JSON whose texts may hold <c>${name}</c>.</summary>
internal abstract record InputTemplate
{
    public string Render(Func<string, string> valueOf)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer, valueOf);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    protected abstract void Write(Utf8JsonWriter writer, Func<string, string> valueOf);

    public sealed record Text(Template Value) : InputTemplate
    {
        protected override void Write(Utf8JsonWriter writer, Func<string, string> valueOf) =>
            writer.WriteStringValue(Value.Render(valueOf));
    }

    /// <summary>A number, a truth value or null, as JSON writes it.</summary>
    public sealed record Literal(string Json) : InputTemplate
    {
        protected override void Write(Utf8JsonWriter writer, Func<string, string> valueOf) => writer.WriteRawValue(Json);
    }

    public sealed record List(IReadOnlyList<InputTemplate> Items) : InputTemplate
    {
        protected override void Write(Utf8JsonWriter writer, Func<string, string> valueOf)
        {
            writer.WriteStartArray();
            foreach (var item in Items)
                item.Write(writer, valueOf);
            writer.WriteEndArray();
        }
    }

    public sealed record Map(IReadOnlyList<KeyValuePair<string, InputTemplate>> Entries) : InputTemplate
    {
        protected override void Write(Utf8JsonWriter writer, Func<string, string> valueOf)
        {
            writer.WriteStartObject();
            foreach (var (key, value) in Entries)
            {
                writer.WritePropertyName(key);
                value.Write(writer, valueOf);
            }
            writer.WriteEndObject();
        }
    }
}
