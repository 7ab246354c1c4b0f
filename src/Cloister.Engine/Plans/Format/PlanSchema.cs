using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloister.Plans.Format;

/// <summary>The JSON Schema of plan files, for editors; made from the tables the loader reads by.</summary>
internal static class PlanSchema
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Draft 7: what YAML language servers understand.</summary>
    public static string Json { get; } = Build().ToJsonString(Readable) + "\n";

    /// <summary>Axes: lists as written, or an expression that gives one.</summary>
    internal static JsonObject Matrix() => new()
    {
        ["type"] = "object",
        ["propertyNames"] = new JsonObject { ["pattern"] = PlanNames.VariablePattern },
        ["additionalProperties"] = new JsonObject
        {
            ["anyOf"] = new JsonArray(
                new JsonObject { ["type"] = "string" },
                new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") } }),
        },
    };

    private static JsonObject Build()
    {
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "Cloister plan",
        };
        foreach (var (key, value) in Section(PlanKeys.Plan).ToArray())
            schema[key] = value!.DeepClone();
        var properties = schema["properties"]!.AsObject();
        Describe(properties, PlanKeys.Inputs.Name, "propertyNames", new JsonObject { ["pattern"] = PlanNames.VariablePattern });
        Describe(properties, PlanKeys.Inputs.Name, "additionalProperties", Reference("input"));
        Describe(properties, PlanKeys.TaskMap.Name, "propertyNames", PlanNames.TaskId.Schema());
        Describe(properties, PlanKeys.TaskMap.Name, "additionalProperties", Reference("task"));
        Describe(properties, PlanKeys.TaskMap.Name, "minProperties", 1);
        Describe(properties, PlanKeys.Defaults.Name, "$ref", "#/definitions/defaults");
        Describe(properties, PlanKeys.MergeMap.Name, "$ref", "#/definitions/merge");
        schema["definitions"] = new JsonObject
        {
            ["input"] = Section(PlanKeys.Input),
            ["defaults"] = Section(TaskKeys.Defaults),
            ["task"] = Section(TaskKeys.Task),
            ["merge"] = Section(PlanKeys.Merge),
        };
        return schema;
    }

    private static JsonObject Section(KeyTable table)
    {
        var properties = new JsonObject();
        foreach (var key in table.Keys)
            properties[key.Name] = key.Schema();
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["patternProperties"] = new JsonObject { ["^x-"] = new JsonObject() },
            ["additionalProperties"] = false,
            ["required"] = new JsonArray([.. table.Required.Select(r => JsonValue.Create(r))]),
        };
    }

    private static void Describe(JsonObject properties, string name, string keyword, JsonNode value) => properties[name]![keyword] = value;

    private static JsonObject Reference(string definition) => new() { ["$ref"] = $"#/definitions/{definition}" };
}
