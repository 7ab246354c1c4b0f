using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Cloister.Rehearsal.Yaml;

/// <summary>
/// Reads the plain part of YAML into positioned nodes: one document, no anchors, aliases or tags, no key twice.
/// </summary>
/// <remarks>
/// Works on the parser's events because YamlDotNet's own object models recurse without a limit and take duplicate keys in silence.
/// </remarks>
internal sealed class YamlText
{
    /// <summary>A scenario of this size has thousands of rules; anything larger is a mistake.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Deep enough for any tool input, shallow enough for the stack.</summary>
    public const int MaxDepth = 64;

    private readonly IParser _parser;
    private readonly string _source;

    private YamlText(IParser parser, string source)
    {
        _parser = parser;
        _source = source;
    }

    /// <summary>The document in <paramref name="text"/>, or null when it is empty.</summary>
    /// <exception cref="ScenarioException">It is not the YAML we read.</exception>
    public static YamlNode? Parse(string text, string source)
    {
        RefuseOutright(text, source);
        var parser = new Parser(new StringReader(text));
        try
        {
            return new YamlText(parser, source).ReadDocument();
        }
        catch (YamlException e)
        {
            throw new ScenarioException(source, (int)e.Start.Line, (int)e.Start.Column, $"not valid YAML: {Reason(e)}", inner: e);
        }
        catch (InvalidOperationException e)
        {
            // The scanner gives up in this way on some broken texts; what it read last is the nearest place there is.
            var last = parser.Current?.End ?? Mark.Empty;
            throw new ScenarioException(source, (int)last.Line, (int)last.Column, "not valid YAML after this", inner: e);
        }
    }

    private static void RefuseOutright(string text, string source)
    {
        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
            throw new ScenarioException(source, 1, 1, $"the scenario is larger than {MaxBytes / 1024} KB");

        // The scanner takes NUL for the end of the file and would drop the rest in silence.
        var nul = text.IndexOf('\0', StringComparison.Ordinal);
        if (nul < 0)
            return;
        var line = text.AsSpan(0, nul).Count('\n') + 1;
        var column = nul - text.LastIndexOf('\n', nul);
        throw new ScenarioException(source, line, column, "a NUL character");
    }

    // The library's messages start with a position of their own.
    private static string Reason(YamlException e)
    {
        var colon = e.Message.IndexOf("): ", StringComparison.Ordinal);
        return colon < 0 || !e.Message.StartsWith('(') ? e.Message : e.Message[(colon + 3)..];
    }

    private YamlNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
            return null;
        _parser.Consume<DocumentStart>();
        var root = ReadNode(depth: 1);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
            throw Fail(second, "a second document", "a scenario file holds one document");
        return root;
    }

    private YamlNode ReadNode(int depth)
    {
        if (depth > MaxDepth)
            throw Fail(_parser.Current!, $"nested deeper than {MaxDepth} levels");
        RefuseExtras(_parser.Current!);
        if (_parser.TryConsume<SequenceStart>(out var list))
            return ReadList(list, depth);
        if (_parser.TryConsume<MappingStart>(out var map))
            return ReadMap(map, depth);
        return ToScalar(_parser.Consume<Scalar>());
    }

    private void RefuseExtras(ParsingEvent current)
    {
        if (current is AnchorAlias alias)
            throw Fail(alias, $"alias *{alias.Value}", "write the value out; aliases are not read");
        if (current is not NodeEvent node)
            return;
        if (!node.Anchor.IsEmpty)
            throw Fail(node, $"anchor &{node.Anchor}", "anchors are not read");
        if (!node.Tag.IsEmpty)
            throw Fail(node, $"tag {node.Tag}", "tags are not read");
    }

    private YamlList ReadList(SequenceStart start, int depth)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        return new YamlList(At(start), items);
    }

    private YamlMap ReadMap(MappingStart start, int depth)
    {
        var entries = new List<YamlEntry>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            RefuseExtras(_parser.Current!);
            if (!_parser.TryConsume<Scalar>(out var key))
                throw Fail(_parser.Current!, "a key that is not plain text");
            if (!seen.Add(key.Value))
                throw Fail(key, $"\"{key.Value}\" twice in one mapping");
            entries.Add(new YamlEntry(ToScalar(key), ReadNode(depth + 1)));
        }
        return new YamlMap(At(start), entries);
    }

    private static YamlScalar ToScalar(Scalar scalar) => new(At(scalar), scalar.Value, scalar.Style != ScalarStyle.Plain);

    private static YamlPosition At(ParsingEvent e) => new((int)e.Start.Line, (int)e.Start.Column);

    private ScenarioException Fail(ParsingEvent e, string what, string? hint = null) =>
        new(_source, (int)e.Start.Line, (int)e.Start.Column, what, hint);
}
