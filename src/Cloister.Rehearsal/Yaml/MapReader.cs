using System.Globalization;

namespace Cloister.Rehearsal.Yaml;

/// <summary>Takes known keys out of a mapping, typed; what is left over at the end was misspelt.</summary>
internal sealed class MapReader
{
    private readonly string _source;
    private readonly YamlMap _map;
    private readonly List<string> _known = [];

    public MapReader(string source, YamlNode node, string what)
    {
        _source = source;
        _map = node as YamlMap ?? throw Fail(source, node, $"{what} should be a mapping, not {node.Kind}");
    }

    public string Source => _source;

    public YamlMap Map => _map;

    public YamlNode? Take(string key)
    {
        _known.Add(key);
        foreach (var entry in _map.Entries)
        {
            if (string.Equals(entry.Key.Text, key, StringComparison.Ordinal))
                return entry.Value;
        }
        return null;
    }

    /// <summary>The last call on a mapping: every key must have been asked for.</summary>
    public void RefuseTheRest()
    {
        foreach (var (key, _) in _map.Entries)
        {
            if (!_known.Contains(key.Text))
                throw Fail(_source, key, $"unknown key \"{key.Text}\"", Spelling.Suggest(key.Text, _known));
        }
    }

    public string? TakeText(string key) => Take(key) is { } node ? Text(node, key) : null;

    public bool? TakeBool(string key) => Take(key) switch
    {
        null => null,
        YamlScalar { Quoted: false, Text: "true" } => true,
        YamlScalar { Quoted: false, Text: "false" } => false,
        { } node => throw Fail(node, $"{key} should be true or false"),
    };

    public int? TakeCount(string key) => TakeLong(key, 1, int.MaxValue) is { } count ? (int)count : null;

    public long? TakeLong(string key, long min, long max)
    {
        if (Take(key) is not { } node)
            return null;
        if (node is YamlScalar { Quoted: false } scalar
            && long.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max)
        {
            return number;
        }
        throw Fail(node, $"{key} should be a whole number from {min}{(max == int.MaxValue || max == long.MaxValue ? "" : $" to {max}")}");
    }

    public TimeSpan? TakeDuration(string key) => Take(key) is { } node ? Duration(node, key) : null;

    public string Text(YamlNode node, string what) => node is YamlScalar { IsNull: false } scalar
        ? scalar.Text
        : throw Fail(node, $"{what} should be text, not {(node is YamlScalar ? "nothing" : node.Kind)}");

    public TimeSpan Duration(YamlNode node, string what) =>
        node is YamlScalar scalar && Durations.TryParse(scalar.Text, out var duration)
            ? duration
            : throw Fail(node, $"{what} should be a duration", "write it like 200ms, 1.5s or 2m; at most 1h");

    public ScenarioException Fail(YamlNode node, string what, string? hint = null) => Fail(_source, node, what, hint);

    public static ScenarioException Fail(string source, YamlNode node, string what, string? hint = null) =>
        new(source, node.Position.Line, node.Position.Column, what, hint);
}
