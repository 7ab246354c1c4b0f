using System.Globalization;
using System.Text.Json;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>A subtask as <c>subtasks_json</c> has it.</summary>
/// <param name="Id">A name of its own, or null.</param>
/// <param name="Title">One line.</param>
/// <param name="Description">What is to be done.</param>
/// <param name="Specialist">Who does it, or null.</param>
/// <param name="Dependencies">Others of the list by number from 0, title or name; or tasks of the board.</param>
/// <param name="Effort">What it is expected to take, or null.</param>
internal sealed record Subtask(string? Id, string Title, string Description, string? Specialist, IReadOnlyList<string> Dependencies, string? Effort);

/// <summary>Reads the list of subtasks of the older <c>orchestrator_plan_task</c>: JSON in a text, or the list itself. Pure.</summary>
internal static class SubtasksJson
{
    public const string Name = "subtasks_json";

    // A list for one conversation; the board itself takes more.
    private const int Most = 200;

    private static readonly string[] Known = ["task_id", "title", "description", "specialist_type", "dependencies", "estimated_effort"];

    /// <exception cref="CloisterException"><c>tool.argument</c>, with the place.</exception>
    public static IReadOnlyList<Subtask> Read(JsonElement given)
    {
        using var parsed = given.ValueKind == JsonValueKind.String ? Parse(given.GetString()!) : null;
        var list = parsed?.RootElement ?? given;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw Wrong(Name, "has to be a list of subtasks", """for example [{"title": "Tests", "description": "Write them", "specialist_type": "tester"}]""");
        if (list.GetArrayLength() > Most)
            throw Wrong(Name, $"has more than {Most} subtasks", "plan the rest with another call");
        return [.. list.EnumerateArray().Select(One)];
    }

    private static JsonDocument Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException broken)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"line {broken.LineNumber + 1}, column {broken.BytePositionInLine + 1}");
            throw Wrong(Name, $"is broken JSON at {place}: {Plain.Line(Around(text, broken))}", "correct it there and call again");
        }
    }

    // A model finds its mistake by the text around it, not by a number.
    private static string Around(string text, JsonException broken)
    {
        var line = text.Split('\n').ElementAtOrDefault((int)(broken.LineNumber ?? 0)) ?? "";
        var at = (int)Math.Min(broken.BytePositionInLine ?? 0, line.Length);
        var from = Math.Max(0, at - 30);
        return line.Substring(from, Math.Min(60, line.Length - from));
    }

    private static Subtask One(JsonElement given, int index)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{Name}[{index}]");
        if (given.ValueKind != JsonValueKind.Object)
            throw Wrong(path, "has to be an object", $"with {string.Join(", ", Known)}");
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in given.EnumerateObject())
        {
            if (!Known.Contains(field.Name, StringComparer.Ordinal))
                throw Wrong(path, $"knows no \"{Plain.Line(field.Name, 60)}\"", DidYouMean.Phrase(field.Name, Known) ?? $"it takes {string.Join(", ", Known)}");
            if (field.Value.ValueKind != JsonValueKind.Null)
                fields[field.Name] = field.Value;
        }
        var title = Required(fields, "title", path);
        return new Subtask(
            Text(fields, "task_id", path),
            title,
            Text(fields, "description", path) ?? title,
            Text(fields, "specialist_type", path),
            Dependencies(fields, $"{path}.dependencies"),
            fields.TryGetValue("estimated_effort", out var effort) ? Shown(effort) : null);
    }

    private static IReadOnlyList<string> Dependencies(Dictionary<string, JsonElement> fields, string path)
    {
        if (!fields.TryGetValue("dependencies", out var value))
            return [];
        if (value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            return [Shown(value)];
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind is not (JsonValueKind.String or JsonValueKind.Number)))
            throw Wrong(path, "has to be a list of titles, names or numbers of the list", "numbers count from 0");
        return [.. value.EnumerateArray().Select(Shown)];
    }

    private static string Required(Dictionary<string, JsonElement> fields, string name, string path) =>
        Text(fields, name, path) is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw Wrong(path, $"wants {name}", "give it and call again");

    private static string? Text(Dictionary<string, JsonElement> fields, string name, string path) =>
        fields.TryGetValue(name, out var value) ? ArgumentReader.Text(value, $"{path}.{name}") : null;

    private static string Shown(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static CloisterException Wrong(string path, string what, string hint) => new("tool.argument", $"{path} {what}", hint);
}
