using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Results;

/// <summary>
/// Reads a result's schema with places for its mistakes: Claude Code takes a wrong schema in silence and then checks nothing.
/// </summary>
internal sealed partial class ResultSchemaReader(ProblemList problems)
{
    private bool _failed;

    /// <summary>The schema; an empty one, which promises nothing, when something is wrong with it.</summary>
    public static JsonElement Read(PlanNode.Map map, ProblemList problems)
    {
        var reader = new ResultSchemaReader(problems);
        var schema = reader.Schema(map, 1);
        if (!reader._failed && schema["type"] is not JsonValue type)
            reader.Fail(map, "plan.result", "a result is an object: its schema starts with type: object");
        else if (!reader._failed && !string.Equals(schema["type"]!.GetValue<string>(), "object", StringComparison.Ordinal))
            reader.Fail(
                map, "plan.result", "a result is an object: its schema starts with type: object", "put a list into a property of it");
        return JsonSerializer.SerializeToElement(reader._failed ? [] : schema);
    }

    private JsonObject Schema(PlanNode node, int depth)
    {
        var schema = new JsonObject();
        if (node is not PlanNode.Map map)
        {
            Fail(node, "plan.type", $"a schema is a map, not {node.Kind}");
            return schema;
        }
        if (depth > PlanLimits.ResultSchemaDepth / 2)
        {
            Fail(
                node, "plan.depth",
                string.Create(CultureInfo.InvariantCulture, $"schemas are nested deeper than {PlanLimits.ResultSchemaDepth / 2} here"));
            return schema;
        }
        var type = TypeOf(map);
        foreach (var (key, value) in map.Entries)
        {
            if (SchemaKeywords.Known.TryGetValue(key.Text, out var takes))
                schema[key.Text] = Keyword(key.Text, takes, value, type, depth);
            else if (SchemaKeywords.Later.Contains(key.Text))
                Fail(
                    key, "plan.not_supported", $"not yet supported: {key.Text}, in a result's schema",
                    $"keywords here: {string.Join(", ", SchemaKeywords.Known.Keys)}");
            else
                Unknown(key);
        }
        return schema;
    }

    private JsonNode? Keyword(string name, KeywordValue takes, PlanNode value, string? type, int depth) => takes switch
    {
        KeywordValue.Type => Type(value),
        KeywordValue.Schema => Schema(value, depth + 1),
        KeywordValue.SchemaMap => SchemaMap(name, value, depth),
        KeywordValue.SchemaList => value is PlanNode.List { Items.Count: > 0 } list
            ? new JsonArray([.. list.Items.Select(item => Schema(item, depth + 1))])
            : Fail(value, "plan.type", $"\"{name}\" takes a list of schemas, not {value.Kind}"),
        KeywordValue.SchemaOrFlag => value is PlanNode.Scalar { Form: not ScalarForm.Text, Text: "true" or "false" } flag
            ? JsonValue.Create(flag.Text is "true")
            : Schema(value, depth + 1),
        KeywordValue.Names => Names(name, value),
        KeywordValue.Count => Number(name, value) is { } number && number.GetValue<decimal>() is >= 0 and <= int.MaxValue and var count && decimal.IsInteger(count)
            ? JsonValue.Create((int)count)
            : Fail(value, "plan.range", $"\"{name}\" takes a number from 0, not {value.Kind}"),
        KeywordValue.Number => Number(name, value),
        KeywordValue.Pattern => value is PlanNode.Scalar { Form: not ScalarForm.JsonValue } pattern && SchemaPattern.Compile(pattern.Text) is not null
            ? JsonValue.Create(pattern.Text)
            : Fail(value, "plan.type", $"\"{name}\" takes a regular expression, and {value.Kind} is none"),
        KeywordValue.Value => Value(value, type, depth),
        KeywordValue.Values => value is PlanNode.List { Items.Count: > 0 } values
            ? new JsonArray([.. values.Items.Select(item => Value(item, type, depth))])
            : Fail(value, "plan.type", $"\"{name}\" takes a list of values, not {value.Kind}"),
        KeywordValue.Text => value is PlanNode.Scalar text ? JsonValue.Create(text.Text) : Fail(value, "plan.type", $"\"{name}\" takes a text, not {value.Kind}"),
    };

    private JsonNode? Type(PlanNode value)
    {
        if (value is PlanNode.List { Items.Count: > 0 } list)
            return new JsonArray([.. list.Items.Select(Type)]);
        if (value is PlanNode.Scalar scalar && SchemaKeywords.Types.Contains(scalar.Text, StringComparer.Ordinal))
            return JsonValue.Create(scalar.Text);
        return Fail(
            value, "plan.type", $"\"type\" takes one of {string.Join(", ", SchemaKeywords.Types)}, not {value.Kind}", null,
            value is PlanNode.Scalar wrong ? DidYouMean.Phrase(wrong.Text, SchemaKeywords.Types) : null);
    }

    private JsonObject? SchemaMap(string name, PlanNode value, int depth)
    {
        if (value is not PlanNode.Map map)
        {
            Fail(value, "plan.type", $"\"{name}\" takes a map of schemas, not {value.Kind}");
            return null;
        }
        var schemas = new JsonObject();
        foreach (var (key, schema) in map.Entries)
            schemas[key.Text] = Schema(schema, depth + 1);
        return schemas;
    }

    private JsonNode? Names(string name, PlanNode value) =>
        value is PlanNode.List list && list.Items.All(i => i is PlanNode.Scalar { Form: not ScalarForm.JsonValue })
            ? new JsonArray([.. list.Items.Select(i => JsonValue.Create(((PlanNode.Scalar)i).Text))])
            : Fail(value, "plan.type", $"\"{name}\" takes a list of names, not {value.Kind}");

    private JsonNode? Number(string name, PlanNode value) =>
        value is PlanNode.Scalar { Form: not ScalarForm.Text } scalar && JsonNumber(scalar.Text) is { } number
            ? JsonValue.Create(number)
            : Fail(value, "plan.type", $"\"{name}\" takes a number, not {value.Kind}");

    // Typed by the schema's own type; where it names none, only true, false, null and JSON numbers are no texts.
    private JsonNode? Value(PlanNode value, string? type, int depth)
    {
        switch (value)
        {
            case PlanNode.Scalar { Form: ScalarForm.Text } text:
                return JsonValue.Create(text.Text);
            case PlanNode.Scalar { Form: ScalarForm.Plain } text when type is "string":
                return JsonValue.Create(text.Text);
            case PlanNode.Scalar scalar:
                return scalar.IsNothing ? null
                    : scalar.Text is "true" or "false" ? JsonValue.Create(scalar.Text is "true")
                    : JsonNumber(scalar.Text) is { } number ? JsonValue.Create(number)
                    : JsonValue.Create(scalar.Text);
            case PlanNode.List list:
                return new JsonArray([.. list.Items.Select(item => Value(item, null, depth + 1))]);
            case PlanNode.Map map:
                var made = new JsonObject();
                foreach (var (key, inner) in map.Entries)
                    made[key.Text] = Value(inner, null, depth + 1);
                return made;
            default:
                _failed = true;
                return null;
        }
    }

    private static decimal? JsonNumber(string text) =>
        NumberPattern().IsMatch(text) && decimal.TryParse(
            text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static string? TypeOf(PlanNode.Map map) =>
        map.Entries.FirstOrDefault(e => e.Key.Text is "type")?.Value is PlanNode.Scalar type ? type.Text : null;

    private void Unknown(PlanNode.Scalar key)
    {
        _failed = true;
        problems.Error(
            "plan.unknown_key", $"a result's schema has no keyword \"{TaskText.Line(key.Text)}\"", key.Span,
            DidYouMean.Phrase(key.Text, SchemaKeywords.Known.Keys), $"keywords here: {string.Join(", ", SchemaKeywords.Known.Keys)}");
    }

    private JsonNode? Fail(PlanNode at, string code, string message, string? help = null, string? suggestion = null)
    {
        _failed = true;
        if (at is not PlanNode.Refused)
            problems.Error(code, message, at.Span, suggestion, help);
        return null;
    }

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?\z", RegexOptions.ExplicitCapture, PlanLimits.PatternMilliseconds)]
    private static partial Regex NumberPattern();
}
