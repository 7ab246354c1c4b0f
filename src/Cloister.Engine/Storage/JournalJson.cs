using System.Collections.Frozen;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Runs;

namespace Cloister.Storage;

/// <summary>
/// How events are written down: a type name and a JSON body. What was written once is read for ever; fields this version does not know
/// are ignored, events it does not know are not.
/// </summary>
internal static class JournalJson
{
    // A declared result may nest as deep as JSON readers allow by default (64), and the event around it needs some levels of its own.
    private const int MaxDepth = 128;

    private static readonly FrozenDictionary<string, Type> TypesByName = typeof(RunEvent)
        .GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToFrozenDictionary(kind => (string)kind.TypeDiscriminator!, kind => kind.DerivedType, StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> NamesByType =
        TypesByName.ToFrozenDictionary(kind => kind.Value, kind => kind.Key);

    public static JsonSerializerOptions Options { get; } = Frozen(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
        Converters = { new LosslessTextConverter(), new RawJsonConverter() },
    });

    /// <summary>Every event there is, by its stored name.</summary>
    public static IReadOnlyDictionary<string, Type> EventTypes => TypesByName;

    public static (string Type, string Body) Write(RunEvent happened) =>
        (NamesByType[happened.GetType()], JsonSerializer.Serialize(happened, happened.GetType(), Options));

    /// <exception cref="CloisterException"><c>store.newer_schema</c>: a newer version wrote it.</exception>
    public static RunEvent Read(string type, string body)
    {
        if (!TypesByName.TryGetValue(type, out var known))
            throw Newer($"an event \"{type}\" that this version does not know");
        try
        {
            return (RunEvent)JsonSerializer.Deserialize(body, known, Options)!;
        }
        catch (JsonException unreadable)
        {
            throw Newer($"an event \"{type}\" in a form that this version does not know", unreadable);
        }
    }

    /// <summary>The word of an enum value in JSON, on the command line and in the database.</summary>
    public static string Word<TEnum>(TEnum value)
        where TEnum : struct, Enum => Words<TEnum>.Of[value];

    /// <summary>The enum value of such a word.</summary>
    public static TEnum Value<TEnum>(string word)
        where TEnum : struct, Enum => Words<TEnum>.Values.TryGetValue(word, out var value) ? value : throw Newer($"a {typeof(TEnum).Name} \"{word}\" that this version does not know");

    private static CloisterException Newer(string what, Exception? inner = null) =>
        new("store.newer_schema", $"the journal holds {what}", "a newer cloister has worked here: update this one", inner);

    private static JsonSerializerOptions Frozen(JsonSerializerOptions options)
    {
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private static class Words<TEnum>
        where TEnum : struct, Enum
    {
        public static readonly FrozenDictionary<TEnum, string> Of =
            Enum.GetValues<TEnum>().ToFrozenDictionary(value => value, value => JsonSerializer.SerializeToElement(value, Options).GetString()!);

        public static readonly FrozenDictionary<string, TEnum> Values = Of.ToFrozenDictionary(word => word.Value, word => word.Key, StringComparer.Ordinal);
    }
}
