using System.Text;
using System.Text.Json;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>What an agent wrote on its stdout, read without any code of the engine.</summary>
internal sealed class Transcript
{
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
    /// Tokens that went in, fresh and cached, counted once for each message. One that had only begun when its agent was killed counts too:
    /// the model has read everything by then, and it is paid for.
    /// </summary>
    public long InputTokens => _lines
        .Select(Message)
        .Where(message => message.ValueKind == JsonValueKind.Object && Text(message, "model") != "<synthetic>" && message.TryGetProperty("usage", out _))
        .GroupBy(message => Text(message, "id"))
        .Sum(sights => sights.Max(message => Input(message.GetProperty("usage"))));

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

    // A message as a whole, or as it was when it began to stream; undefined in any other line.
    private static JsonElement Message(JsonElement line) => Text(line, "type") switch
    {
        "assistant" => line.GetProperty("message"),
        "stream_event" when line.GetProperty("event") is var piece && Text(piece, "type") == "message_start" => piece.GetProperty("message"),
        _ => default,
    };

    private static IEnumerable<JsonElement> ToolUses(JsonElement line) => Text(line, "type") == "assistant" ? Blocks(line, "tool_use") : [];

    private static IEnumerable<JsonElement> ToolResults(JsonElement line) => Text(line, "type") == "user" ? Blocks(line, "tool_result") : [];

    private static IEnumerable<JsonElement> Blocks(JsonElement line, string type) =>
        line.GetProperty("message").TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array
            ? content.EnumerateArray().Where(block => block.ValueKind == JsonValueKind.Object && Text(block, "type") == type)
            : [];

    private static long Input(JsonElement usage) =>
        new[] { "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens" }
            .Sum(name => usage.TryGetProperty(name, out var tokens) && tokens.ValueKind == JsonValueKind.Number ? tokens.GetInt64() : 0);

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
