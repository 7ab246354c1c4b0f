using Cloister.Plans.Syntax;

namespace Cloister.Plans.Format;

/// <summary>Reads one map by its key table: every key is known, known for later, free (<c>x-</c>), or an error.</summary>
internal sealed class SectionReader
{
    private static readonly KeyTable[] Tables = [PlanKeys.Plan, TaskKeys.Task, TaskKeys.Defaults, PlanKeys.Merge, PlanKeys.Input];

    private readonly Dictionary<string, MapEntry> _entries = new(StringComparer.Ordinal);
    private readonly ProblemList _problems;

    /// <summary>Sorts the map's keys; complains about those that do not belong here.</summary>
    /// <param name="map">The map as written.</param>
    /// <param name="table">What may be in it.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <param name="owner">How an error names the section: <c>task "api"</c>.</param>
    public SectionReader(PlanNode.Map map, KeyTable table, ProblemList problems, string owner)
    {
        _problems = problems;
        foreach (var entry in map.Entries)
        {
            var written = entry.Key.Text;
            var name = table.Find(written) is null && table.FindLater(written) is null ? CamelCase(written) : written;
            if (written.StartsWith("x-", StringComparison.Ordinal))
                continue;
            if (table.Find(name) is not null)
                Take(name, entry);
            else if (table.FindLater(name) is { } later)
                problems.Error("plan.not_supported", $"not yet supported: {name}, in {owner}", entry.Key.Span, help: later.Instead);
            else
                Unknown(entry.Key, table, owner);
        }
        foreach (var missing in table.Required.Where(r => !_entries.ContainsKey(r)))
            problems.Error("plan.missing", $"{owner} has no {missing}", new SourceSpan(map.Span.Offset, 1));
    }

    /// <summary>Reads the key's value; false when it is not there or wrong.</summary>
    public bool TryGet<T>(PlanKey<T> key, out T value)
    {
        value = default!;
        return _entries.TryGetValue(key.Name, out var entry) && key.Shape.TryRead(entry.Value, key.Name, _problems, out value);
    }

    /// <summary>The key's value, or the fallback.</summary>
    public T Get<T>(PlanKey<T> key, T fallback) => TryGet(key, out var value) ? value : fallback;

    /// <summary>The key's value, or null.</summary>
    public T? Optional<T>(PlanKey<T> key)
        where T : struct => TryGet(key, out var value) ? value : null;

    /// <summary>The text, or null.</summary>
    public string? Text(PlanKey<Located<string>> key) => TryGet(key, out var value) ? value.Value : null;

    /// <summary>The texts, or the fallback.</summary>
    public IReadOnlyList<string> Texts(PlanKey<IReadOnlyList<Located<string>>> key, IReadOnlyList<string> fallback) =>
        TryGet(key, out var value) ? [.. value.Select(v => v.Value)] : fallback;

    /// <summary>Where the key's value stands, or null when it is not there.</summary>
    public SourceSpan? ValueSpan(PlanKey key) => _entries.TryGetValue(key.Name, out var entry) ? entry.Value.Span : null;

    private void Take(string name, MapEntry entry)
    {
        if (!string.Equals(name, entry.Key.Text, StringComparison.Ordinal))
            _problems.Note("plan.spelling", $"\"{TaskText.Line(entry.Key.Text)}\" is written \"{name}\" in a plan", entry.Key.Span);
        if (!_entries.TryAdd(name, entry))
            _problems.Error(
                "plan.duplicate", $"\"{name}\" is here twice", entry.Key.Span, help: "max-turns, max_turns and maxTurns are the same key");
    }

    private void Unknown(PlanNode.Scalar key, KeyTable table, string owner)
    {
        var written = TaskText.Line(key.Text);
        var elsewhere = Tables.Where(t => t != table && t.Find(key.Text) is not null).Select(t => t.Section).Distinct(StringComparer.Ordinal).ToArray();
        var names = table.Keys.Select(k => k.Name).ToArray();
        var suggestion = DidYouMean.Phrase(key.Text, names);
        var help = suggestion is null && elsewhere.Length > 0
            ? $"\"{written}\" is a key of: {string.Join(", ", elsewhere)}"
            : $"keys here: {string.Join(", ", names)}; your own start with x-";
        _problems.Error("plan.unknown_key", $"{owner} has no key \"{written}\"", key.Span, suggestion, help);
    }

    // max-turns and max_turns become maxTurns; other words stay as they are.
    private static string CamelCase(string name)
    {
        var parts = name.Split('-', '_');
        return parts.Length == 1 || parts.Any(p => p.Length == 0)
            ? name
            : parts[0] + string.Concat(parts.Skip(1).Select(p => char.ToUpperInvariant(p[0]) + p[1..]));
    }
}
