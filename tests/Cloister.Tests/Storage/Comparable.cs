using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cloister.Storage;

namespace Cloister.Tests.Storage;

/// <summary>Whole objects as text, dictionaries in the order of their keys, so that equal means equal.</summary>
internal static class Comparable
{
    public static JsonSerializerOptions Options { get; } = new(JournalJson.Options)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Converters = { new OrderedKeys() },
    };

    // Immutable dictionaries have no order of their own.
    private sealed class OrderedKeys : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) =>
            typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(System.Collections.Immutable.ImmutableDictionary<,>);

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(Ordered<,>).MakeGenericType(typeToConvert.GetGenericArguments()))!;
    }

    private sealed class Ordered<TKey, TValue> : JsonConverter<System.Collections.Immutable.ImmutableDictionary<TKey, TValue>>
        where TKey : notnull
    {
        public override System.Collections.Immutable.ImmutableDictionary<TKey, TValue> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, System.Collections.Immutable.ImmutableDictionary<TKey, TValue> value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (key, item) in value.OrderBy(pair => pair.Key.ToString(), StringComparer.Ordinal))
            {
                writer.WritePropertyName(key.ToString()!);
                JsonSerializer.Serialize(writer, item, options);
            }
            writer.WriteEndObject();
        }
    }
}
