using System.Globalization;
using System.Text.Json;

namespace Cloister.Server.Mcp;

/// <summary>
/// Reads the values that a model wrote. Numbers and flags in quotes are taken for what they mean: models write them so, and nobody gains
/// by another round.
/// </summary>
internal static class ArgumentReader
{
    public static string Text(JsonElement value, string path) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(path, "a text", value);

    public static string Word(JsonElement value, string path, IReadOnlyList<string> words)
    {
        var text = Text(value, path);
        if (words.Contains(text, StringComparer.Ordinal))
            return text;
        throw new CloisterException(
            "tool.argument", $"{path} is \"{Plain.Line(text)}\"", DidYouMean.Phrase(text, words) ?? $"one of: {string.Join(", ", words)}");
    }

    public static IReadOnlyList<string> Texts(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => [.. value.EnumerateArray().Select((item, i) => Text(item, At(path, i)))],
        _ => throw Wrong(path, "a list of texts", value),
    };

    public static decimal Number(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number))
            return number;
        return value.ValueKind == JsonValueKind.String && decimal.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var quoted)
            ? quoted
            : throw Wrong(path, "a number", value);
    }

    public static long Whole(JsonElement value, string path)
    {
        var number = Number(value, path);
        return number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue ? (long)number : throw Wrong(path, "a whole number", value);
    }

    public static bool Flag(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String when bool.TryParse(value.GetString(), out var quoted) => quoted,
        _ => throw Wrong(path, "true or false", value),
    };

    public static IReadOnlyList<ToolArguments> Objects(JsonElement value, string path, IReadOnlyList<Parameter> fields) =>
        value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select((item, i) => Object(item, At(path, i), fields))]
            : throw Wrong(path, "a list of objects", value);

    public static ToolArguments Object(JsonElement value, string path, IReadOnlyList<Parameter> fields) =>
        value.ValueKind == JsonValueKind.Object
            ? ToolArguments.Read(value.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, field.Value)), fields, path)
            : throw Wrong(path, "an object", value);

    private static string At(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    private static CloisterException Wrong(string path, string wanted, JsonElement value) =>
        new("tool.argument", $"{path} has to be {wanted}, not {Plain.Line(value.GetRawText(), 60)}", "correct it and call again");
}
