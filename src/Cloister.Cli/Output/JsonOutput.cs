using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cloister.Plans;

namespace Cloister.Cli.Output;

/// <summary>Data for programs: always in the same envelope, so that its shape may grow.</summary>
internal static class JsonOutput
{
    public const int SchemaVersion = 1;

    // The default encoder escapes everything beyond ASCII: safe on any terminal, and no parser minds.
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <param name="data">What to say.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="fields">Only these fields of the object, or of each object of the list; empty: all.</param>
    public static string Envelope<T>(T data, JsonTypeInfo<T> type, IReadOnlyList<string> fields) => Write(data, type, fields, Indented);

    /// <summary>The same on one line, for streams of many.</summary>
    public static string Line<T>(T data, JsonTypeInfo<T> type, IReadOnlyList<string> fields) => Write(data, type, fields, default);

    /// <summary>The data alone, to look into.</summary>
    public static JsonElement Element<T>(T data, JsonTypeInfo<T> type) => JsonSerializer.SerializeToElement(data, type);

    private static string Write<T>(T data, JsonTypeInfo<T> type, IReadOnlyList<string> fields, JsonWriterOptions options)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", SchemaVersion);
            json.WritePropertyName("data");
            if (fields.Count == 0)
                JsonSerializer.Serialize(json, data, type);
            else
                WriteChosen(json, JsonSerializer.SerializeToElement(data, type), fields);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>A failure for programs.</summary>
    /// <param name="code">Stable, for programs to match on.</param>
    /// <param name="message">What is wrong; of several problems the first.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="docs">Where more is told.</param>
    /// <param name="problems">Everything that is wrong with a plan; null for other failures.</param>
    public static string Error(string code, string message, string? hint, string docs, IReadOnlyList<PlanProblem>? problems = null)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("code", code);
            json.WriteString("message", message);
            json.WriteString("hint", hint);
            json.WriteString("docs", docs);
            if (problems is not null)
            {
                json.WritePropertyName("problems");
                JsonSerializer.Serialize(json, problems, CliJson.Default.IReadOnlyListPlanProblem);
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WriteChosen(Utf8JsonWriter json, JsonElement data, IReadOnlyList<string> fields)
    {
        if (data.ValueKind != JsonValueKind.Array)
        {
            WriteObject(json, data, fields);
            return;
        }
        json.WriteStartArray();
        foreach (var item in data.EnumerateArray())
            WriteObject(json, item, fields);
        json.WriteEndArray();
    }

    private static void WriteObject(Utf8JsonWriter json, JsonElement item, IReadOnlyList<string> fields)
    {
        json.WriteStartObject();
        foreach (var field in fields)
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty(field, out var value))
                throw Unknown(field, item);
            json.WritePropertyName(field);
            value.WriteTo(json);
        }
        json.WriteEndObject();
    }

    /// <summary>There is no such field, but there are others.</summary>
    public static CloisterException Unknown(string field, JsonElement item)
    {
        var known = item.ValueKind == JsonValueKind.Object ? item.EnumerateObject().Select(property => property.Name).ToList() : [];
        var near = DidYouMean.Phrase(field, known);
        return new CloisterException("usage.field", $"there is no field \"{field}\"{(near is null ? "" : $": {near}")}", $"fields: {string.Join(", ", known)}");
    }
}
