using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Cloister.Agents;

/// <summary>One key of a file's head.</summary>
/// <param name="Key">As written.</param>
/// <param name="Line">Its line in the file.</param>
/// <param name="Values">A single text, the members of a list, or null for anything deeper.</param>
internal sealed record FrontmatterField(string Key, int Line, IReadOnlyList<string>? Values);

/// <summary>The YAML head of a Markdown file, read at the level of parser events so that depth and aliases are ours to refuse.</summary>
internal static class Frontmatter
{
    private const int DeepestNesting = 16;
    private const string Fence = "---";

    // A value that begins so is meant as YAML, and broken.
    private const string YamlOpenings = "|>[{&*!\"'";

    /// <summary>Takes a file apart; the head is null when there is none.</summary>
    public static (string? Head, string Body) Split(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var end = lines[0].TrimEnd() == Fence ? Array.FindIndex(lines, 1, line => line.TrimEnd() == Fence) : -1;
        return end < 0 ? (null, text) : (string.Join('\n', lines[1..end]), string.Join('\n', lines[(end + 1)..]).Trim());
    }

    /// <summary>The head's keys. Claude Code takes heads that are not quite YAML, so what fails as YAML is read line by line.</summary>
    /// <exception cref="FrontmatterException">It is neither.</exception>
    public static IReadOnlyList<FrontmatterField> Read(string head)
    {
        try
        {
            return ReadYaml(head);
        }
        catch (YamlException e)
        {
            return ReadLines(head) ?? throw new FrontmatterException((int)e.Start.Line + 1, FirstLine(e.Message));
        }
    }

    private static List<FrontmatterField> ReadYaml(string head)
    {
        var parser = new Parser(new Scanner(new StringReader(head), skipComments: true));
        parser.Consume<StreamStart>();
        var fields = new List<FrontmatterField>();
        if (parser.Accept<StreamEnd>(out _))
            return fields;
        parser.Consume<DocumentStart>();
        parser.Consume<MappingStart>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>();
            // The head begins on the file's second line.
            fields.Add(new FrontmatterField(key.Value, (int)key.Start.Line + 1, Value(parser)));
        }

        return fields;
    }

    private static List<string>? Value(Parser parser)
    {
        if (parser.TryConsume<Scalar>(out var scalar))
            return [scalar.Value];
        if (!parser.TryConsume<SequenceStart>(out _))
        {
            Skip(parser);
            return null;
        }

        List<string>? items = [];
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            if (parser.TryConsume<Scalar>(out var item))
            {
                items?.Add(item.Value);
                continue;
            }

            Skip(parser);
            items = null;
        }

        return items;
    }

    private static void Skip(Parser parser)
    {
        var depth = 0;
        do
        {
            var item = parser.Consume<ParsingEvent>();
            if (item is AnchorAlias)
                throw new FrontmatterException((int)item.Start.Line + 1, "aliases are not read");
            depth += item.NestingIncrease;
            if (depth > DeepestNesting)
                throw new FrontmatterException((int)item.Start.Line + 1, "nested too deep");
        }
        while (depth > 0);
    }

    // "description: Use this when: …" is what people write.
    private static List<FrontmatterField>? ReadLines(string head)
    {
        var fields = new List<FrontmatterField>();
        var lines = head.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (string.IsNullOrWhiteSpace(line) || line.StartsWith('#'))
                continue;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || !line.AsSpan(0, colon).ContainsOnlyLetters() || (line.AsSpan(colon + 1).TrimStart() is [var first, ..] && YamlOpenings.Contains(first, StringComparison.Ordinal)))
                return null;
            fields.Add(new FrontmatterField(line[..colon], i + 2, [line[(colon + 1)..].Trim()]));
        }

        return fields;
    }

    private static bool ContainsOnlyLetters(this ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetter(c) && c != '-')
                return false;
        }

        return true;
    }

    private static string FirstLine(string text) => text.Split('\n')[0];
}

/// <summary>A head that cannot be read.</summary>
internal sealed class FrontmatterException(int line, string message) : Exception(message)
{
    /// <summary>Its line in the file.</summary>
    public int Line { get; } = line;
}
