using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>
/// Parameters whose schemas say no more than they must: eight tools with forty parameters, all in the context of every conversation. What
/// has no type there is a text; a default says its own type. Whatever comes is read for what it means.
/// </summary>
internal static class Terse
{
    public static Parameter<string> RequiredText(string name) => new(name, [], true, "", ReadText);

    public static Parameter<string?> Text(string name) => new(name, [], false, null, ReadText);

    public static Parameter<IReadOnlyList<string>> Texts(string name) =>
        new(name, new JsonObject { ["type"] = "array", ["items"] = new JsonObject() }, false, [], ReadTexts);

    public static Parameter<bool> Flag(string name, bool whenMissing) =>
        new(name, new JsonObject { ["default"] = whenMissing }, false, whenMissing, ArgumentReader.Flag);

    public static Parameter<decimal> Number(string name, decimal whenMissing) =>
        new(name, new JsonObject { ["default"] = whenMissing }, false, whenMissing, ArgumentReader.Number);

    /// <summary>An object with these fields; null when it is left out.</summary>
    public static Parameter<ToolArguments?> Object(string name, IReadOnlyList<Parameter> fields)
    {
        var schema = new JsonObject { ["properties"] = Schemas.Object(fields)["properties"]!.DeepClone() };
        return new(name, schema, false, null, (value, path) => ArgumentReader.Object(value, path, fields));
    }

    // Nobody told the model that an effort of 3 has to be "3".
    private static string ReadText(JsonElement value, string path) =>
        value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? value.GetRawText() : ArgumentReader.Text(value, path);

    private static IReadOnlyList<string> ReadTexts(JsonElement value, string path) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(item => ReadText(item, path))]
        : [ReadText(value, path)];
}
