using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloister.Cli.Installation;

/// <summary>
/// One entry of a JSON file that belongs to somebody else. It is put in as text: every other byte of the file stays, and a person who
/// looks at the difference sees the entry and nothing else. Pure.
/// </summary>
internal static class JsonEntry
{
    // Deeper than any settings file; a bound for what is read from disk.
    private const int MaxDepth = 64;

    /// <summary>What stands at this path; null when nothing does, or a JSON null.</summary>
    /// <param name="file">Where the text is from, for messages.</param>
    /// <param name="text">All of the file; null or blank when there is none.</param>
    /// <param name="path">Names from the outermost object inwards.</param>
    /// <exception cref="CloisterException"><c>config.json</c>: the file is not JSON, or something on the path is no object.</exception>
    public static JsonNode? Find(string file, string? text, params IReadOnlyList<string> path)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var bytes = Encoding.UTF8.GetBytes(text);
        var place = Locate(file, bytes, path);
        return place.ValueStart is { } start ? JsonNode.Parse(bytes.AsSpan(start..place.ValueEnd)) : null;
    }

    /// <summary>The text with this value at this path, in place of what was there.</summary>
    /// <inheritdoc cref="Find"/>
    public static string Put(string file, string? text, JsonNode value, params IReadOnlyList<string> path)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Lines(Wrap(value, path), "\n", "") + "\n";
        var bytes = Encoding.UTF8.GetBytes(text);
        var place = Locate(file, bytes, path);
        var lineEnd = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var outer = IndentAt(bytes, place.Open);
        var inner = place.FirstMember is { } first && !OnSameLine(bytes, place) ? IndentAt(bytes, first) : outer + "  ";
        if (place.ValueStart is { } start)
            return Splice(bytes, start, place.ValueEnd, Lines(value, lineEnd, inner));
        // In front of what is there: behind it, the line of somebody else's entry would change by a comma.
        var entry = $"{lineEnd}{inner}{Quoted(path[place.Depth])}: {Lines(Wrap(value, [.. path.Skip(place.Depth + 1)]), lineEnd, inner)}";
        return place.FirstMember is null
            ? Splice(bytes, place.Open + 1, place.Close, $"{entry}{lineEnd}{outer}")
            : Splice(bytes, place.Open + 1, place.Open + 1, entry + (OnSameLine(bytes, place) ? $",{lineEnd}{inner}" : ","));
    }

    // The innermost object of the path that is there, and the value when all of the path is.
    private static Place Locate(string file, byte[] bytes, IReadOnlyList<string> path)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            var place = Descend(ref reader, path, 0, file);
            while (reader.Read())
            {
            }
            return place;
        }
        catch (JsonException wrong)
        {
            throw new CloisterException("config.json", $"{file} is not JSON{PlaceOf(wrong, bytes)}", "mend it, or move it away; nothing was changed", wrong);
        }
    }

    // As editors count, from 1 and in letters.
    private static string PlaceOf(JsonException wrong, byte[] bytes)
    {
        if (wrong is not { LineNumber: { } line, BytePositionInLine: { } position })
            return "";
        var start = 0;
        for (var skipped = 0L; skipped < line; skipped++)
            start += bytes.AsSpan(start..).IndexOf((byte)'\n') + 1;
        var column = Encoding.UTF8.GetCharCount(bytes, start, (int)Math.Min(position, bytes.Length - start)) + 1;
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $": something is wrong at line {line + 1}, column {column}");
    }

    private static Place Descend(ref Utf8JsonReader reader, IReadOnlyList<string> path, int depth, string file)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var where = depth == 0 ? "its content" : string.Join('.', path.Take(depth));
            throw new CloisterException("config.json", $"{where} is no object in {file}", "mend it, or move it away; nothing was changed");
        }
        var here = new Place(depth, (int)reader.TokenStartIndex);
        Place? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            here = here with { FirstMember = here.FirstMember ?? (int)reader.TokenStartIndex };
            var wanted = reader.ValueTextEquals(path[depth]);
            reader.Read();
            if (!wanted)
                reader.Skip();
            else if (depth + 1 < path.Count)
                found = Descend(ref reader, path, depth + 1, file);
            else
                found = Value(ref reader, here);
        }
        // Of two members with one name the last one counts, for JSON's other readers too.
        return found ?? here with { Close = (int)reader.TokenStartIndex };
    }

    private static Place Value(ref Utf8JsonReader reader, Place here)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return here with { ValueStart = start, ValueEnd = (int)reader.BytesConsumed };
    }

    private static JsonNode Wrap(JsonNode value, IReadOnlyList<string> path) =>
        path.Reverse().Aggregate(value.DeepClone(), (inner, name) => new JsonObject { [name] = inner });

    private static string Lines(JsonNode value, string lineEnd, string indent)
    {
        using var text = new MemoryStream();
        // Relaxed: a path with an umlaut stays readable; nothing of this is ever put into a page.
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            value.WriteTo(writer);
        return Encoding.UTF8.GetString(text.ToArray()).Replace("\n", lineEnd + indent, StringComparison.Ordinal);
    }

    private static string Quoted(string name) => JsonValue.Create(name).ToJsonString();

    // The blanks that the line of this byte begins with.
    private static string IndentAt(byte[] bytes, int offset)
    {
        var line = bytes.AsSpan(..offset).LastIndexOf((byte)'\n') + 1;
        var end = line;
        while (bytes[end] is (byte)' ' or (byte)'\t')
            end++;
        return Encoding.UTF8.GetString(bytes.AsSpan(line..end));
    }

    private static bool OnSameLine(byte[] bytes, Place place) => !bytes.AsSpan(place.Open..place.FirstMember!.Value).Contains((byte)'\n');

    private static string Splice(byte[] bytes, int from, int to, string between) =>
        Encoding.UTF8.GetString(bytes.AsSpan(..from)) + between + Encoding.UTF8.GetString(bytes.AsSpan(to..));

    // Offsets in bytes: the innermost object that is there, and in it the value, when it is there.
    private sealed record Place(int Depth, int Open)
    {
        public int? FirstMember { get; init; }

        public int Close { get; init; }

        public int? ValueStart { get; init; }

        public int ValueEnd { get; init; }
    }
}
