using System.Text.Json.Nodes;

namespace Cloister.Server.Mcp;

/// <summary>JSON schemas of parameters, as short as they can be: every word is paid for in the context of whoever loads the tool.</summary>
internal static class Schemas
{
    public static JsonObject Of(string type, string? description = null) => Described(new JsonObject { ["type"] = type }, description);

    public static JsonObject OneOf(IEnumerable<string> words, string? description = null) =>
        Described(new JsonObject { ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]) }, description);

    public static JsonObject ListOf(JsonObject item, string? description = null) =>
        Described(new JsonObject { ["type"] = "array", ["items"] = item }, description);

    public static JsonObject WithDefault(JsonObject schema, JsonNode value)
    {
        schema["default"] = value;
        return schema;
    }

    /// <summary>An object with these fields.</summary>
    public static JsonObject Object(IReadOnlyList<Parameter> fields)
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(fields.Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Schema.DeepClone()))),
        };
        if (fields.Any(field => field.IsRequired))
            schema["required"] = new JsonArray([.. fields.Where(field => field.IsRequired).Select(field => (JsonNode)field.Name)]);
        return schema;
    }

    private static JsonObject Described(JsonObject schema, string? description)
    {
        if (description is not null)
            schema["description"] = description;
        return schema;
    }
}
