using System.Globalization;
using System.Text.Json;

namespace Cloister.Plans.Results;

/// <summary>Checks a structured result against the schema of its task. Pure; complains in words that an agent can act on.</summary>
internal static class ResultSchema
{
    /// <summary>Enough to see the pattern of the mistake.</summary>
    private const int MaxProblems = 20;

    /// <summary>Everything that is wrong with the value, as <c>/files/0: takes a string, not a number</c>; empty when nothing is.</summary>
    public static IReadOnlyList<string> Validate(JsonElement schema, JsonElement value)
    {
        var problems = new List<string>();
        Check(schema, value, "", problems);
        return problems;
    }

    private static void Check(JsonElement schema, JsonElement value, string path, List<string> problems)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            if (problems.Count >= MaxProblems)
                return;
            if (keyword.NameEquals("properties") || keyword.NameEquals("items") || keyword.NameEquals("additionalProperties"))
                Inside(schema, keyword, value, path, problems);
            else if (Complaint(keyword, value) is { } complaint)
                problems.Add($"{(path.Length == 0 ? "/" : path)}: {complaint}");
        }
    }

    private static void Inside(JsonElement schema, JsonProperty keyword, JsonElement value, string path, List<string> problems)
    {
        if (keyword.NameEquals("items") && value.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
                Check(keyword.Value, item, string.Create(CultureInfo.InvariantCulture, $"{path}/{index++}"), problems);
        }
        if (value.ValueKind != JsonValueKind.Object || keyword.NameEquals("items"))
            return;
        foreach (var property in value.EnumerateObject())
        {
            var inner = $"{path}/{TaskText.Line(property.Name)}";
            var declared = schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(property.Name, out _);
            if (keyword.NameEquals("properties") && keyword.Value.TryGetProperty(property.Name, out var own))
                Check(own, property.Value, inner, problems);
            else if (keyword.NameEquals("additionalProperties") && !declared && keyword.Value.ValueKind == JsonValueKind.False)
                problems.Add($"{inner}: the schema has no such property");
            else if (keyword.NameEquals("additionalProperties") && !declared && keyword.Value.ValueKind == JsonValueKind.Object)
                Check(keyword.Value, property.Value, inner, problems);
        }
    }

    private static string? Complaint(JsonProperty keyword, JsonElement value)
    {
        var wanted = keyword.Value;
        return keyword.Name switch
        {
            "type" when !Types(wanted).Any(type => IsOfType(value, type)) => $"takes {string.Join(" or ", Types(wanted))}, not {Kind(value)}",
            "const" when !JsonElement.DeepEquals(wanted, value) => $"takes only {Short(wanted)}",
            "enum" when !wanted.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value)) => $"takes one of {Short(wanted)}, not {Short(value)}",
            "required" when value.ValueKind == JsonValueKind.Object => Missing(wanted, value),
            "anyOf" when !wanted.EnumerateArray().Any(schema => Validate(schema, value).Count == 0) => $"fits none of its {wanted.GetArrayLength()} alternatives",
            "minimum" when value.ValueKind == JsonValueKind.Number && value.GetDouble() < wanted.GetDouble() => $"is below {wanted}",
            "maximum" when value.ValueKind == JsonValueKind.Number && value.GetDouble() > wanted.GetDouble() => $"is above {wanted}",
            "minItems" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() < wanted.GetInt32() => $"has fewer than {wanted} entries",
            "maxItems" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > wanted.GetInt32() => $"has more than {wanted} entries",
            "minLength" when value.ValueKind == JsonValueKind.String && Characters(value) < wanted.GetInt32() => $"is shorter than {wanted} characters",
            "maxLength" when value.ValueKind == JsonValueKind.String && Characters(value) > wanted.GetInt32() => $"is longer than {wanted} characters",
            "pattern" when value.ValueKind == JsonValueKind.String && !Matches(wanted, value) => $"does not match {wanted}",
            _ => null,
        };
    }

    private static string? Missing(JsonElement required, JsonElement value)
    {
        var missing = required.EnumerateArray().Select(r => r.GetString()!).Where(name => !value.TryGetProperty(name, out _)).ToArray();
        return missing.Length == 0 ? null : $"{string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing";
    }

    private static IEnumerable<string> Types(JsonElement types) => types.ValueKind == JsonValueKind.Array
        ? types.EnumerateArray().Select(t => t.GetString()!)
        : [types.GetString()!];

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => false,
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Null or JsonValueKind.Undefined => "null",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static bool Matches(JsonElement pattern, JsonElement value) =>
        SchemaPattern.Compile(pattern.GetString()!) is { } regex && SchemaPattern.Matches(regex, value.GetString()!);

    private static int Characters(JsonElement text) => text.GetString()!.EnumerateRunes().Count();

    private static string Short(JsonElement value) => TaskText.Line(value.GetRawText());
}
