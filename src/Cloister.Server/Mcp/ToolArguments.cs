using System.Text.Json;

namespace Cloister.Server.Mcp;

/// <summary>What a tool was told, read and checked before it does anything.</summary>
internal sealed class ToolArguments
{
    private readonly Dictionary<string, object?> _values;

    private ToolArguments(Dictionary<string, object?> values) => _values = values;

    /// <summary>Reads all values; whatever is wrong with them is said before anything happens.</summary>
    /// <param name="given">As they came.</param>
    /// <param name="known">The parameters there are.</param>
    /// <param name="path">Where this is, for messages: the tool's name, or a place in its arguments.</param>
    public static ToolArguments Read(IEnumerable<KeyValuePair<string, JsonElement>> given, IReadOnlyList<Parameter> known, string path)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            var parameter = known.FirstOrDefault(one => one.Name == name) ?? throw Unknown(name, known, path);
            // Null is how many clients leave something out.
            if (value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
                values[name] = parameter.ReadAny(value, $"{path}.{name}");
        }
        foreach (var missing in known.Where(one => one.IsRequired && !values.ContainsKey(one.Name)))
            throw new CloisterException("tool.argument", $"{path} wants {missing.Name}", "give it and call again");
        return new ToolArguments(values);
    }

    /// <summary>The value of a parameter, or what holds when it was left out.</summary>
    public T Get<T>(Parameter<T> parameter) => _values.TryGetValue(parameter.Name, out var value) ? (T)value! : parameter.WhenMissing;

    /// <summary>True when it was given.</summary>
    public bool Has(Parameter parameter) => _values.ContainsKey(parameter.Name);

    private static CloisterException Unknown(string name, IReadOnlyList<Parameter> known, string path)
    {
        var names = known.Select(one => one.Name).ToList();
        return new CloisterException(
            "tool.argument", $"{path} knows no \"{Plain.Line(name, 60)}\"", DidYouMean.Phrase(name, names) ?? (names.Count == 0 ? "it takes no arguments" : $"it takes {string.Join(", ", names)}"));
    }
}
