using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Cloister.Plans.Syntax;

/// <summary>
/// Builds the tree from the parser's events, without recursion and within limits. Anchors, aliases, tags and merge keys are refused:
/// they make a file that says one thing and means another.
/// </summary>
internal sealed class YamlTree
{
    private readonly SourceText _source;
    private readonly TreeBuilder _builder;

    private YamlTree(SourceText source, ProblemList problems)
    {
        _source = source;
        _builder = new TreeBuilder(source, problems);
        Problems = problems;
    }

    private bool _saidAnchor;
    private bool _saidTag;

    private ProblemList Problems { get; }

    /// <summary>The tree, or null when the reason is among the problems.</summary>
    public static PlanNode? Read(SourceText source, ProblemList problems)
    {
        var tree = new YamlTree(source, problems);
        try
        {
            return tree.Read();
        }
        catch (YamlException broken)
        {
            tree.Complain(broken);
            return null;
        }
    }

    private PlanNode? Read()
    {
        var parser = new Parser(new StringReader(_source.Text));
        var documents = 0;
        while (Advance(parser))
        {
            var current = parser.Current!;
            var span = Span(current.Start, current.End);
            switch (current)
            {
                case DocumentStart when ++documents > 1:
                    Problems.Error(
                        "plan.documents", "a plan is one document, and here starts another", span,
                        help: "put each plan into a file of its own");
                    return _builder.Root;
                case AnchorAlias:
                    RefuseAnchor(span);
                    _builder.Add(new PlanNode.Refused(span));
                    break;
                case NodeEvent node:
                    Refuse(node, span);
                    if (!Add(node, span))
                        return null;
                    break;
                case SequenceEnd or MappingEnd:
                    _builder.Close(span.Offset + span.Length);
                    break;
            }
        }
        return _builder.Root;
    }

    // On some broken files the parser trips over itself instead of complaining about the file.
    private bool Advance(Parser parser)
    {
        try
        {
            return parser.MoveNext();
        }
        catch (InvalidOperationException)
        {
            var last = parser.Current is { } current ? Span(current.End, current.End) : default;
            Problems.Error("plan.syntax", "this is not YAML: what follows here belongs to nothing", last);
            return false;
        }
    }

    private bool Add(NodeEvent node, SourceSpan span) => node switch
    {
        Scalar scalar => _builder.Add(Text(scalar, span)),
        SequenceStart => _builder.OpenList(span.Offset),
        _ => _builder.OpenMap(span.Offset),
    };

    private static PlanNode Text(Scalar scalar, SourceSpan span) => scalar.Tag.IsEmpty
        ? new PlanNode.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain ? ScalarForm.Plain : ScalarForm.Text, span)
        : new PlanNode.Refused(span);

    private void Refuse(NodeEvent node, SourceSpan span)
    {
        if (!node.Anchor.IsEmpty)
            RefuseAnchor(span);
        if (!node.Tag.IsEmpty && !_saidTag)
            Problems.Error(
                "plan.tag", "tags are not part of a plan", span,
                help: "each key knows its type; a text that starts with ! stands in quotes");
        _saidTag |= !node.Tag.IsEmpty;
    }

    // Said once: who uses one uses many.
    private void RefuseAnchor(SourceSpan span)
    {
        if (!_saidAnchor)
            Problems.Error(
                "plan.alias", "anchors and aliases are not part of a plan", span, help: "write the value again, or put it into defaults");
        _saidAnchor = true;
    }

    private SourceSpan Span(Mark start, Mark end)
    {
        var from = _source.Offset((int)start.Line, (int)start.Column);
        return new SourceSpan(from, Math.Max(0, _source.Offset((int)end.Line, (int)end.Column) - from));
    }

    private void Complain(YamlException broken)
    {
        if (LeadingTab() is { } tab)
        {
            Problems.Error(
                "plan.syntax", "this is not YAML: a line is indented with a tab", new SourceSpan(tab, 1), help: "indent with spaces");
            return;
        }
        var reason = broken.Message.TrimEnd('.', ' ');
        var isMapping = reason.Contains("mapping", StringComparison.OrdinalIgnoreCase);
        Problems.Error(
            "plan.syntax", $"this is not YAML: {(reason.Length > 0 ? char.ToLowerInvariant(reason[0]) + reason[1..] : "nobody knows why")}",
            Span(broken.Start, broken.End),
            help: isMapping ? "a text with \": \" in it stands in quotes, or below a |" : null);
    }

    private int? LeadingTab()
    {
        var text = _source.Text;
        for (var at = text.IndexOf('\t', StringComparison.Ordinal); at >= 0; at = text.IndexOf('\t', at + 1))
        {
            var before = text.AsSpan(0, at).TrimEnd(' ');
            if (before.IsEmpty || before[^1] is '\n' or '\r')
                return at;
        }
        return null;
    }
}
