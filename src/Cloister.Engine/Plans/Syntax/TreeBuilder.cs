using System.Globalization;

namespace Cloister.Plans.Syntax;

/// <summary>Puts values into the lists and maps that are open; counts depth and nodes; refuses keys that come twice.</summary>
internal sealed class TreeBuilder(SourceText source, ProblemList problems)
{
    private readonly Stack<Open> _open = new();
    private int _nodes;

    /// <summary>The first value on the outermost level, or null when there is none (yet).</summary>
    public PlanNode? Root { get; private set; }

    public bool OpenList(int offset) => Push(new Open(IsMap: false, offset));

    public bool OpenMap(int offset) => Push(new Open(IsMap: true, offset));

    public void Close(int end)
    {
        var open = _open.Pop();
        // YAML closes a block where the next one starts: the blank lines between belong to neither.
        var raw = source.Text.AsSpan(open.Offset, Math.Max(0, end - open.Offset)).TrimEnd();
        var span = new SourceSpan(open.Offset, raw.Length);
        Place(open.IsMap ? new PlanNode.Map(open.Entries, span) : new PlanNode.List(open.Items, span));
    }

    /// <summary>False when a limit is reached and reading must stop.</summary>
    public bool Add(PlanNode node)
    {
        if (!Count(node.Span.Offset))
            return false;
        Place(node);
        return true;
    }

    private bool Push(Open open)
    {
        if (_open.Count == PlanLimits.Depth)
        {
            problems.Error(
                "plan.depth",
                string.Create(CultureInfo.InvariantCulture, $"values are nested deeper than {PlanLimits.Depth} here"),
                new SourceSpan(open.Offset, 1));
            return false;
        }
        _open.Push(open);
        return Count(open.Offset);
    }

    private bool Count(int offset)
    {
        if (++_nodes <= PlanLimits.Nodes)
            return true;
        problems.Error(
            "plan.size",
            string.Create(CultureInfo.InvariantCulture, $"the plan has more than {PlanLimits.Nodes} values"),
            new SourceSpan(offset, 1),
            help: "put long lists and prompts into files of their own");
        return false;
    }

    private void Place(PlanNode node)
    {
        if (!_open.TryPeek(out var open))
            Root ??= node;
        else if (!open.IsMap)
            open.Items.Add(node);
        else if (!open.HasKey)
            TakeKey(open, node);
        else
            TakeValue(open, node);
    }

    private void TakeKey(Open open, PlanNode node)
    {
        open.HasKey = true;
        open.Key = node as PlanNode.Scalar;
        if (open.Key is null && node is not PlanNode.Refused)
            problems.Error("plan.type", $"a key is one word, not {node.Kind}", node.Span);
        if (open.Key is not { } key)
            return;
        if (key is { Text: "<<", Form: ScalarForm.Plain })
        {
            problems.Error("plan.alias", "merge keys are not part of a plan", key.Span, help: "put what tasks share into defaults");
            open.Key = null;
        }
        else if (!open.Seen.TryAdd(key.Text, key.Span.Offset))
        {
            var (line, _) = source.Position(open.Seen[key.Text]);
            problems.Error(
                "plan.duplicate", $"\"{TaskText.Line(key.Text)}\" is here twice", key.Span,
                help: string.Create(CultureInfo.InvariantCulture, $"the first one is in line {line}"));
            open.Key = null;
        }
    }

    private static void TakeValue(Open open, PlanNode node)
    {
        if (open.Key is { } key)
            open.Entries.Add(new MapEntry(key, node));
        open.HasKey = false;
    }

    private sealed record Open(bool IsMap, int Offset)
    {
        public List<PlanNode> Items { get; } = [];

        public List<MapEntry> Entries { get; } = [];

        public Dictionary<string, int> Seen { get; } = new(StringComparer.Ordinal);

        public bool HasKey { get; set; }

        public PlanNode.Scalar? Key { get; set; }
    }
}
