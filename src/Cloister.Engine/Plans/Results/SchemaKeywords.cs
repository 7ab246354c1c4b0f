namespace Cloister.Plans.Results;

/// <summary>What a keyword of a result's schema takes.</summary>
internal enum KeywordValue
{
    Type,
    Schema,
    SchemaMap,
    SchemaList,
    SchemaOrFlag,
    Names,
    Count,
    Number,
    Pattern,
    Value,
    Values,
    Text,
}

/// <summary>The part of JSON Schema that results may use: what both Claude Code and our own check understand the same way.</summary>
internal static class SchemaKeywords
{
    public static IReadOnlyDictionary<string, KeywordValue> Known { get; } = new Dictionary<string, KeywordValue>(StringComparer.Ordinal)
    {
        ["type"] = KeywordValue.Type,
        ["properties"] = KeywordValue.SchemaMap,
        ["required"] = KeywordValue.Names,
        ["additionalProperties"] = KeywordValue.SchemaOrFlag,
        ["items"] = KeywordValue.Schema,
        ["enum"] = KeywordValue.Values,
        ["const"] = KeywordValue.Value,
        ["anyOf"] = KeywordValue.SchemaList,
        ["minimum"] = KeywordValue.Number,
        ["maximum"] = KeywordValue.Number,
        ["minLength"] = KeywordValue.Count,
        ["maxLength"] = KeywordValue.Count,
        ["minItems"] = KeywordValue.Count,
        ["maxItems"] = KeywordValue.Count,
        ["pattern"] = KeywordValue.Pattern,
        ["title"] = KeywordValue.Text,
        ["description"] = KeywordValue.Text,
    };

    /// <summary>Keywords of JSON Schema that are refused by name.</summary>
    public static IReadOnlySet<string> Later { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "$ref", "$defs", "definitions", "$id", "$schema", "oneOf", "allOf", "not", "if", "then", "else", "format", "default", "examples", "patternProperties",
        "propertyNames", "dependencies", "contains", "uniqueItems", "multipleOf", "exclusiveMinimum", "exclusiveMaximum", "minProperties", "maxProperties", "nullable",
    };

    public static IReadOnlyList<string> Types { get; } = ["object", "array", "string", "number", "integer", "boolean", "null"];
}
