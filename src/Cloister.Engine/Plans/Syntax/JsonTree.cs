using System.Text;
using System.Text.Json;

namespace Cloister.Plans.Syntax;

/// <summary>Builds the same tree from JSON, with the same limits.</summary>
internal static class JsonTree
{
    // The builder says first, and in our words, that values are nested too deep.
    private const int ReaderDepth = 2 * PlanLimits.Depth;

    /// <summary>True when the text can only be meant as JSON: a YAML map may start with a brace too, but not with a quoted key in it.</summary>
    public static bool LooksLike(string text)
    {
        var rest = text.AsSpan().TrimStart();
        return rest.Length > 0 && rest[0] == '{' && rest[1..].TrimStart() is var inner && (inner.Length == 0 || inner[0] is '"' or '}');
    }

    public static PlanNode? Read(SourceText source, ProblemList problems)
    {
        var bytes = Encoding.UTF8.GetBytes(source.Text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = ReaderDepth });
        var builder = new TreeBuilder(source, problems);
        var cursor = new Cursor(bytes);
        try
        {
            while (reader.Read())
            {
                var start = cursor.At(reader.TokenStartIndex);
                if (!Add(ref reader, builder, new SourceSpan(start, cursor.At(reader.BytesConsumed) - start), problems))
                    return null;
            }
            return builder.Root;
        }
        catch (JsonException broken)
        {
            var line = (int)(broken.LineNumber ?? 0) + 1;
            var offset = source.Offset(line, CharsBefore(source, line, (int)(broken.BytePositionInLine ?? 0)) + 1);
            problems.Error("plan.syntax", $"this is not JSON: {Sentence(broken.Message)}", new SourceSpan(offset, 1));
            return null;
        }
    }

    private static bool Add(ref Utf8JsonReader reader, TreeBuilder builder, SourceSpan span, ProblemList problems)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return builder.OpenMap(span.Offset);
            case JsonTokenType.StartArray:
                return builder.OpenList(span.Offset);
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                builder.Close(span.Offset + span.Length);
                return true;
            case JsonTokenType.PropertyName:
                // The colon is consumed with the name.
                return builder.Add(Text(ref reader, new SourceSpan(span.Offset, reader.ValueSpan.Length + 2), problems));
            case JsonTokenType.String:
                return builder.Add(Text(ref reader, span, problems));
            case JsonTokenType.Null:
                return builder.Add(new PlanNode.Scalar("null", ScalarForm.Plain, span));
            default:
                return builder.Add(new PlanNode.Scalar(Encoding.UTF8.GetString(reader.ValueSpan), ScalarForm.JsonValue, span));
        }
    }

    private static PlanNode Text(ref Utf8JsonReader reader, SourceSpan span, ProblemList problems)
    {
        try
        {
            return new PlanNode.Scalar(reader.GetString()!, ScalarForm.Text, span);
        }
        catch (InvalidOperationException)
        {
            // The reader's way to say that an escape is half of a surrogate pair.
            problems.Error(
                "plan.character", "an escape in this text is half a character", span,
                help: "write both halves of the pair, or the character itself");
            return new PlanNode.Refused(span);
        }
    }

    private static string Sentence(string message)
    {
        if (message.Contains("trailing comma", StringComparison.Ordinal))
            return "the comma before this bracket is one too many";
        if (message.StartsWith("'/'", StringComparison.Ordinal))
            return "comments are not part of it; a plan with comments is written in YAML";
        var position = message.IndexOf(" LineNumber", StringComparison.Ordinal);
        var plain = (position > 0 ? message[..position] : message).TrimEnd('.');
        return char.ToLowerInvariant(plain[0]) + plain[1..];
    }

    private static int CharsBefore(SourceText source, int line, int bytes)
    {
        var start = source.Offset(line, 1);
        var chars = 0;
        foreach (var rune in source.Text.AsSpan(start).EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
                break;
            chars += rune.Utf16SequenceLength;
        }
        return chars;
    }

    /// <summary>Turns byte positions that only grow into character positions.</summary>
    private sealed class Cursor(byte[] bytes)
    {
        private long _byte;
        private int _char;

        public int At(long position)
        {
            // Tokens are asked for in order; a name's end may lie behind the next token's start.
            if (position >= _byte)
                _char += Encoding.UTF8.GetCharCount(bytes.AsSpan((int)_byte, (int)(position - _byte)));
            else
                _char -= Encoding.UTF8.GetCharCount(bytes.AsSpan((int)position, (int)(_byte - position)));
            _byte = position;
            return _char;
        }
    }
}
