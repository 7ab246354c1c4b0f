using System.Text;
using System.Text.Json;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>What an agent wrote on its stdout, read without any code of the engine.</summary>
internal sealed class Transcript
{
    // As the database calls them, and as the model does.
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["input_tokens"] = "input_tokens",
        ["cache_read_tokens"] = "cache_read_input_tokens",
        ["cache_write_tokens"] = "cache_creation_input_tokens",
        ["output_tokens"] = "output_tokens",
    };

    private readonly List<JsonElement> _lines = [];

    public Transcript(byte[] output)
    {
        CompleteBytes = Array.LastIndexOf(output, (byte)'\n') + 1;
        LineEnds = output.Index().Where(b => b.Item == (byte)'\n').Select(b => (long)b.Index + 1).ToHashSet();
        foreach (var line in Encoding.UTF8.GetString(output, 0, CompleteBytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TryParse(line) is { ValueKind: JsonValueKind.Object } parsed)
                _lines.Add(parsed);
        }
    }

    /// <summary>Bytes up to the end of the last complete line.</summary>
    public int CompleteBytes { get; }

    /// <summary>The offsets right behind every line.</summary>
    public IReadOnlySet<long> LineEnds { get; }

    /// <summary>True when an agent of this agent spoke: its usage is only in the totals.</summary>
    public bool HasSubagents => _lines.Exists(line => Text(line, "parent_tool_use_id") is not null || ToolUses(line).Any(use => Text(use, "name") is "Agent" or "Task"));

    /// <summary>
    /// Tokens by kind, counted once for each message. One that had only begun when its agent was killed counts too: the model has read
    /// everything by then, and it is paid for.
    /// </summary>
    public IReadOnlyDictionary<string, long> Tokens
    {
        get
        {
            var seen = new Dictionary<(string Message, string Kind), long>();
            var current = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var line in _lines)
            {
                var (message, usage) = Usage(line, current);
                if (message is null || usage.ValueKind != JsonValueKind.Object)
                    continue;
                foreach (var (kind, said) in Kinds)
                    seen[(message, kind)] = Math.Max(seen.GetValueOrDefault((message, kind)), Number(usage, said));
            }
            return Kinds.Keys.ToDictionary(kind => kind, kind => seen.Where(one => one.Key.Kind == kind).Sum(one => one.Value), StringComparer.Ordinal);
        }
    }

    /// <summary>Files this agent wrote whole and, as far as can be told from here, left as they were.</summary>
    public IReadOnlyDictionary<string, string> FilesLeft()
    {
        var succeeded = _lines.SelectMany(ToolResults)
            .Where(result => !(result.TryGetProperty("is_error", out var wrong) && wrong.ValueKind == JsonValueKind.True))
            .Select(result => Text(result, "tool_use_id"))
            .ToHashSet();
        var left = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var use in _lines.SelectMany(ToolUses).Where(use => succeeded.Contains(Text(use, "id"))))
        {
            var input = use.GetProperty("input");
            switch (Text(use, "name"))
            {
                case "Write":
                    left[Text(input, "file_path")!] = Text(input, "content")!;
                    break;
                case "Edit":
                    left.Remove(Text(input, "file_path")!);
                    break;
                case "Bash":
                    // A command that names the file may have changed it.
                    var command = Text(input, "command")!;
                    foreach (var named in left.Keys.Where(path => command.Contains(Path.GetFileName(path), StringComparison.Ordinal)).ToList())
                        left.Remove(named);
                    break;
            }
        }
        return left;
    }

    // The message a line speaks of and what it says of its usage: whole, as it began to stream, or as it went on.
    private static (string? Message, JsonElement Usage) Usage(JsonElement line, Dictionary<string, string> current)
    {
        var speaker = Text(line, "parent_tool_use_id") ?? "";
        var carrier = Text(line, "type") switch
        {
            "assistant" => line.GetProperty("message"),
            "stream_event" => line.GetProperty("event"),
            _ => default,
        };
        if (carrier.ValueKind != JsonValueKind.Object)
            return default;
        if (Text(carrier, "type") == "message_start")
        {
            carrier = carrier.GetProperty("message");
            current[speaker] = Text(carrier, "id")!;
        }
        var message = Text(carrier, "type") == "message_delta" ? current.GetValueOrDefault(speaker) : Text(carrier, "id");
        return Text(carrier, "model") == "<synthetic>" ? default : (message, carrier.TryGetProperty("usage", out var usage) ? usage : default);
    }

    private static IEnumerable<JsonElement> ToolUses(JsonElement line) => Text(line, "type") == "assistant" ? Blocks(line, "tool_use") : [];

    private static IEnumerable<JsonElement> ToolResults(JsonElement line) => Text(line, "type") == "user" ? Blocks(line, "tool_result") : [];

    private static IEnumerable<JsonElement> Blocks(JsonElement line, string type) =>
        line.GetProperty("message").TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array
            ? content.EnumerateArray().Where(block => block.ValueKind == JsonValueKind.Object && Text(block, "type") == type)
            : [];

    private static long Number(JsonElement usage, string field) =>
        usage.TryGetProperty(field, out var tokens) && tokens.ValueKind == JsonValueKind.Number ? tokens.GetInt64() : 0;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(line);
        }
        catch (JsonException)
        {
            // Garbage is the engine's to account for by its bytes; here it says nothing.
            return null;
        }
    }
}
