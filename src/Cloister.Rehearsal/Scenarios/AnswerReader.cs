using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cloister.Rehearsal.Yaml;

namespace Cloister.Rehearsal.Scenarios;

/// <summary>Reads one answer of a scenario in any of its forms: a text, a list of blocks, or a mapping.</summary>
/// <param name="source">The scenario's name, for errors.</param>
/// <param name="names">What <c>${name}</c> may ask for.</param>
internal sealed partial class AnswerReader(string source, IReadOnlySet<string> names)
{
    private static readonly Dictionary<int, string> ErrorTypes = new()
    {
        [400] = "invalid_request_error",
        [401] = "authentication_error",
        [403] = "permission_error",
        [404] = "not_found_error",
        [413] = "request_too_large",
        [429] = "rate_limit_error",
        [529] = "overloaded_error",
    };

    public Answer Read(YamlNode node) => node switch
    {
        YamlScalar => Plain([new Block.Text(TemplateOf(node, "an answer"))]),
        YamlList list => Plain(ReadBlocks(list)),
        _ => ReadMap(new MapReader(source, node, "an answer")),
    };

    private static Answer Plain(IReadOnlyList<Block> blocks) => new(blocks, UsageOverride.None, default, null, null, null, null);

    private Answer ReadMap(MapReader map)
    {
        var answer = new Answer(
            TakeBlocks(map),
            map.Take("usage") is { } usage ? ReadUsage(usage) : UsageOverride.None,
            map.Take("delay") is { } delay ? ReadPace(map, delay) : default,
            map.Take("error") is { } error ? ReadError(error) : null,
            TakeFault(map),
            map.TakeCount("failures"),
            map.TakeText("stopReason"));
        map.RefuseTheRest();

        if (answer is { Error: not null, Fault: not null })
            throw map.Fail(map.Map, "error and stream exclude each other");
        if (answer is { Failures: not null, Error: null, Fault: null })
            throw map.Fail(map.Take("failures")!, "failures without error or stream");
        if (answer is { Blocks.Count: 0, Error: null, Fault: null } or { Blocks.Count: 0, Failures: not null })
            throw map.Fail(map.Map, "an answer without content", "add text, thinking, tool or blocks; text: \"\" is an empty answer");
        return answer.Blocks.Count > 0 ? answer : answer with { Blocks = [new Block.Text(Template.Parse("Never heard to the end."))] };
    }

    private List<Block> TakeBlocks(MapReader map)
    {
        var blocks = map.Take("blocks") switch
        {
            null => [],
            YamlList list => ReadBlocks(list),
            { } other => throw map.Fail(other, $"blocks should be a list, not {other.Kind}"),
        };
        var own = ReadBlock(map);
        if (blocks.Count > 0 && own.Count > 0)
            throw map.Fail(map.Map, "blocks and single content exclude each other", "put everything into blocks");
        return [.. blocks, .. own];
    }

    private List<Block> ReadBlocks(YamlList list) => [.. list.Items.SelectMany(ReadBlock)];

    private List<Block> ReadBlock(YamlNode node)
    {
        if (node is YamlScalar)
            return [new Block.Text(TemplateOf(node, "a block"))];
        var map = new MapReader(source, node, "a block");
        var blocks = ReadBlock(map);
        map.RefuseTheRest();
        return blocks.Count > 0 ? blocks : throw map.Fail(map.Map, "a block needs text, thinking or tool");
    }

    private List<Block> ReadBlock(MapReader map)
    {
        var blocks = new List<Block>();
        if (map.Take("thinking") is { } thinking)
            blocks.Add(new Block.Thinking(TemplateOf(thinking, "thinking")));
        if (map.Take("text") is { } text)
            blocks.Add(new Block.Text(TemplateOf(text, "text")));

        var tool = map.Take("tool");
        var input = map.Take("input");
        var raw = map.Take("rawInput");
        if (tool is null)
        {
            return input is null && raw is null ? blocks : throw map.Fail(input ?? raw!, "input without tool", "add tool: with the tool's name");
        }
        if (input is not null && raw is not null)
            throw map.Fail(raw, "input and rawInput exclude each other");
        var name = map.Text(tool, "tool");
        if (!ToolName().IsMatch(name))
            throw map.Fail(tool, $"\"{name}\" cannot be the name of a tool", "letters, digits, _ and -, at most 128");
        blocks.Add(raw is null
            ? new Block.Tool(name, input is null ? new InputTemplate.Map([]) : InputOf(map, input))
            : new Block.RawTool(name, TemplateOf(raw, "rawInput")));
        return blocks;
    }

    // The API refuses other names, and so would the CLI on the next turn.
    [GeneratedRegex("^[a-zA-Z0-9_-]{1,128}$", RegexOptions.NonBacktracking)]
    private static partial Regex ToolName();

    private InputTemplate.Map InputOf(MapReader map, YamlNode node) =>
        JsonOf(node) as InputTemplate.Map ?? throw map.Fail(node, $"input should be a mapping, not {node.Kind}");

    private InputTemplate JsonOf(YamlNode node) => node switch
    {
        YamlMap map => new InputTemplate.Map([.. map.Entries.Select(e => KeyValuePair.Create(e.Key.Text, JsonOf(e.Value)))]),
        YamlList list => new InputTemplate.List([.. list.Items.Select(JsonOf)]),
        YamlScalar { IsNull: true } => new InputTemplate.Literal("null"),
        YamlScalar { Quoted: false } scalar when IsJsonLiteral(scalar.Text) => new InputTemplate.Literal(scalar.Text),
        _ => new InputTemplate.Text(TemplateOf(node, "a value")),
    };

    // YAML's own idea of numbers is wider; what JSON cannot write stays text.
    private static bool IsJsonLiteral(string text)
    {
        if (text is "true" or "false")
            return true;
        if (text.Length == 0 || (!char.IsAsciiDigit(text[0]) && text[0] != '-'))
            return false;
        try
        {
            using var number = JsonDocument.Parse(text);
            return number.RootElement.ValueKind == JsonValueKind.Number;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private Template TemplateOf(YamlNode node, string what)
    {
        if (node is not YamlScalar scalar)
            throw MapReader.Fail(source, node, $"{what} should be text, not {node.Kind}");
        var template = Template.Parse(scalar.Text);
        foreach (var name in template.Names)
        {
            if (ResultReference.IsMeant(name) && ResultReference.TryParse(name) is null)
                throw MapReader.Fail(source, node, $"${{{name}}} leads to no value", "write it like ${toolResult:needs_you[0].q} or ${toolResult:mcp__server__tool#1:task}");
            if (!ResultReference.IsMeant(name) && !names.Contains(name))
                throw MapReader.Fail(source, node, $"nothing is called ${{{name}}}", UnknownNameHint(name));
        }
        return template;
    }

    private string UnknownNameHint(string name) => name.All(char.IsAsciiDigit)
        ? $"no regular expression of this rule captures a group {name}"
        : $"{Spelling.Suggest(name, [.. names])} (a literal is written $${{{name}}})";

    private UsageOverride ReadUsage(YamlNode node)
    {
        var map = new MapReader(source, node, "usage");
        var usage = new UsageOverride(
            map.TakeLong("input", 0, long.MaxValue),
            map.TakeLong("cacheRead", 0, long.MaxValue),
            map.TakeLong("cacheWrite", 0, long.MaxValue),
            map.TakeLong("output", 0, long.MaxValue));
        map.RefuseTheRest();
        return usage;
    }

    private Pace ReadPace(MapReader owner, YamlNode node)
    {
        if (node is YamlScalar)
            return new Pace(owner.Duration(node, "delay"), TimeSpan.Zero);
        var map = new MapReader(source, node, "delay");
        var pace = new Pace(map.TakeDuration("first") ?? TimeSpan.Zero, map.TakeDuration("between") ?? TimeSpan.Zero);
        map.RefuseTheRest();
        return pace;
    }

    private ApiError ReadError(YamlNode node)
    {
        if (node is YamlScalar { Quoted: false } scalar && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            node = new YamlMap(node.Position, [new YamlEntry(new YamlScalar(node.Position, "status", false), scalar with { Text = $"{code}" })]);
        var map = new MapReader(source, node, "error");
        var status = (int)(map.TakeLong("status", 400, 599) ?? throw map.Fail(map.Map, "an error needs a status"));
        var type = map.TakeText("type") ?? ErrorTypes.GetValueOrDefault(status, status < 500 ? "invalid_request_error" : "api_error");
        var message = map.Take("message") is { } text ? TemplateOf(text, "message") : Template.Parse(DefaultMessage(status));
        var headers = map.Take("headers") is { } list ? ReadHeaders(list) : [];
        map.RefuseTheRest();
        return new ApiError(status, type, message, headers);
    }

    private static string DefaultMessage(int status) => status switch
    {
        429 => "Rate limited by the rehearsal",
        529 => "Overloaded",
        _ => $"{(HttpStatusCode)status} by the rehearsal",
    };

    private List<KeyValuePair<string, string>> ReadHeaders(YamlNode node)
    {
        var map = new MapReader(source, node, "headers");
        foreach (var (key, value) in map.Map.Entries)
        {
            if (!ToolName().IsMatch(key.Text))
                throw map.Fail(key, $"\"{key.Text}\" cannot be the name of a header");
            if (map.Text(value, "a header").Any(c => c is < ' ' or > '~'))
                throw map.Fail(value, "a header holds printable ASCII only");
        }
        return [.. map.Map.Entries.Select(e => KeyValuePair.Create(e.Key.Text, map.Text(e.Value, "a header")))];
    }

    private static StreamFault? TakeFault(MapReader map)
    {
        if (map.TakeText("stream") is not { } word)
            return null;
        return StreamFaults.TryParse(word, out var fault)
            ? fault
            : throw map.Fail(map.Take("stream")!, $"no stream fault is called \"{word}\"", Spelling.Suggest(word, StreamFaults.Words));
    }
}
