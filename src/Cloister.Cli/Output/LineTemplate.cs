using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cloister.Cli.Output;

/// <summary>
/// The form of a line: text with <c>{{.field}}</c> in it, fields of fields as <c>{{.tokens.input}}</c>, and <c>\t</c> and <c>\n</c> for
/// what is hard to type. Pure.
/// </summary>
internal sealed partial class LineTemplate
{
    private readonly IReadOnlyList<(string Text, string[] Field)> _parts;

    private LineTemplate(IReadOnlyList<(string Text, string[] Field)> parts) => _parts = parts;

    /// <exception cref="CloisterException"><c>usage.format</c>.</exception>
    public static LineTemplate Parse(string text)
    {
        var parts = new List<(string, string[])>();
        var position = 0;
        foreach (Match field in Field().Matches(text))
        {
            parts.Add((Literal(text[position..field.Index]), field.Groups["path"].Value.Split('.')));
            position = field.Index + field.Length;
        }
        parts.Add((Literal(text[position..]), []));
        return new LineTemplate(parts);
    }

    /// <summary>A line for each object of a list, or for the object.</summary>
    public IEnumerable<string> Lines(JsonElement data) =>
        data.ValueKind == JsonValueKind.Array ? data.EnumerateArray().Select(Line) : [Line(data)];

    private string Line(JsonElement item)
    {
        var line = new StringBuilder();
        foreach (var (text, field) in _parts)
        {
            line.Append(text);
            if (field.Length > 0)
                line.Append(Value(item, field));
        }
        return line.ToString();
    }

    private static string Value(JsonElement item, string[] path)
    {
        var value = item;
        foreach (var name in path)
        {
            // What is not there yet has no parts either.
            if (value.ValueKind == JsonValueKind.Null)
                return "";
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out var inner))
                throw JsonOutput.Unknown(name, value);
            value = inner;
        }
        return value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.String => value.GetString()!,
            _ => value.GetRawText(),
        };
    }

    private static string Literal(string text) => text.Contains("{{", StringComparison.Ordinal) || text.Contains("}}", StringComparison.Ordinal)
        ? throw new CloisterException("usage.format", $"this is no field: {text.Trim()}", "write fields as {{.run}} or {{.tokens.input}}; --json shows which there are")
        : text.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);

    [GeneratedRegex(@"\{\{\s*\.(?<path>[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*)\s*\}\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Field();
}
