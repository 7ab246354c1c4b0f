using System.Text.Json;
using Cloister.Claude.Protocol;

namespace Cloister.Claude.Conversations;

/// <summary>What a message to our in-band MCP server asks for. Closed.</summary>
internal abstract record WorkerCall;

/// <summary>It can be answered at once.</summary>
internal sealed record AnswerNow(Action<Utf8JsonWriter> WriteBody) : WorkerCall;

/// <summary>The agent asks a person.</summary>
internal sealed record AskPerson(string Question, IReadOnlyList<string> Options) : WorkerCall;

/// <summary>The agent reports progress.</summary>
internal sealed record ReportProgress(string Text, string? Path) : WorkerCall;

/// <summary>The agent gives a text to be kept.</summary>
internal sealed record KeepText(string Name, string Text) : WorkerCall;

/// <summary>The agent wants to read what was kept; without a name, a list of it.</summary>
internal sealed record ReadKept(string? Task, string? Name) : WorkerCall;

/// <summary>The agent says it is done.</summary>
internal sealed record DeclareDone(string Summary, string? Left) : WorkerCall;

/// <summary>
/// The four tools every agent has: <c>ask</c>, <c>report</c>, <c>artifact</c>, <c>done</c>. Served over the control channel of the same process, so they
/// need no server of their own and cannot be out of reach.
/// </summary>
internal static class WorkerTools
{
    // Longer than anything a person wants to read at once; the rest belongs into a file.
    private const int LongestText = 16 * 1024;
    private const int MostOptions = 20;

    // What a model writes in one answer; a larger result is a file, and reported by its path.
    private const int LongestContent = 256 * 1024;
    private const int LongestName = 200;
    private const string FallbackProtocolVersion = "2025-06-18";
    private const int MethodNotFound = -32601;

    // Every request of every agent carries them.
    private const string Definitions = """
        [{"name":"ask","description":"Ask a person what they must decide",
        "inputSchema":{"type":"object","properties":{"question":{"type":"string"},"options":{"type":"array","items":{"type":"string"}}},"required":["question"]},
        "annotations":{"readOnlyHint":true}},
        {"name":"report","description":"Progress in a line; path: file to keep",
        "inputSchema":{"type":"object","properties":{"text":{"type":"string"},"path":{"type":"string"}},"required":["text"]}},
        {"name":"artifact","description":"Keep content, or read; task (r7/api): whose; no name: list",
        "inputSchema":{"type":"object","properties":{"name":{"type":"string"},"content":{"type":"string"},"task":{"type":"string"}}}},
        {"name":"done","description":"When done: what you did, what is left",
        "inputSchema":{"type":"object","properties":{"summary":{"type":"string"},"left":{"type":"string"}},"required":["summary"]}}]
        """;

    /// <summary>What <c>tools/list</c> answers.</summary>
    public static JsonElement Listed { get; } = JsonElement.Parse(Definitions);

    private static readonly byte[] CompactDefinitions = JsonSerializer.SerializeToUtf8Bytes(Listed);

    public static WorkerCall Read(JsonElement message)
    {
        var parameters = message.Field("params");
        return message.Text("method") switch
        {
            "initialize" => new AnswerNow(json => WriteInitialize(json, parameters.Text("protocolVersion") ?? FallbackProtocolVersion)),
            "tools/list" => new AnswerNow(json => WriteResult(json, () =>
            {
                json.WritePropertyName("tools");
                json.WriteRawValue(CompactDefinitions);
            })),
            "tools/call" => Call(parameters.Text("name") ?? "", parameters.Field("arguments")),
            "ping" => new AnswerNow(json => WriteResult(json, () => { })),
            { } method when method.StartsWith("notifications/", StringComparison.Ordinal) => new AnswerNow(json => WriteResult(json, () => { })),
            _ => new AnswerNow(json =>
            {
                json.WriteStartObject("error");
                json.WriteNumber("code", MethodNotFound);
                json.WriteString("message", "Method not found");
                json.WriteEndObject();
            }),
        };
    }

    /// <summary>The result of a tool call: a text for the model.</summary>
    public static Action<Utf8JsonWriter> Text(string text, bool isError = false) => json => WriteResult(json, () =>
    {
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
        json.WriteEndArray();
        if (isError)
            json.WriteBoolean("isError", true);
    });

    private static WorkerCall Call(string tool, JsonElement arguments) => tool switch
    {
        "ask" => arguments.Text("question") is not { } question || string.IsNullOrWhiteSpace(question) ? Wrong("question is missing")
            : question.Length > LongestText ? Wrong($"question is longer than {LongestText} characters")
            : Options(arguments) is not { } options ? Wrong($"options must be at most {MostOptions} short texts")
            : new AskPerson(question, options),
        "report" => arguments.Text("text") is { Length: > 0 and <= LongestText } text ? new ReportProgress(text, Short(arguments.Text("path")))
            : Wrong($"text must have 1 to {LongestText} characters"),
        "artifact" => Artifact(arguments.Text("name"), arguments.Text("content"), arguments.Text("task")),
        "done" => arguments.Text("summary") is { Length: > 0 and <= LongestText } summary ? new DeclareDone(summary, Short(arguments.Text("left")))
            : Wrong($"summary must have 1 to {LongestText} characters"),
        _ => Wrong("no such tool"),
    };

    private static WorkerCall Artifact(string? name, string? content, string? task) => (name, content) switch
    {
        ({ Length: > LongestName }, _) => Wrong($"name is longer than {LongestName} characters"),
        (null or "", null) => new ReadKept(Short(task), Name: null),
        (_, null) => new ReadKept(Short(task), name),
        (null or "", _) => Wrong("name is missing"),
        _ when content.Length > LongestContent => Wrong($"content is longer than {LongestContent} characters: write it to a file and report its path"),
        _ when !IsPlainName(name) => Wrong("name is a plain file name, such as findings.md"),
        _ => new KeepText(name, content),
    };

    private static bool IsPlainName(string name) =>
        name[0] is not ('.' or '-') && name.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' or ' ') && name.Trim().Length == name.Length;

    private static IReadOnlyList<string>? Options(JsonElement arguments)
    {
        var options = arguments.Texts("options");
        return options.Count <= MostOptions && options.All(option => option.Length <= LongestText) ? options : null;
    }

    private static string? Short(string? text) => string.IsNullOrEmpty(text) ? null : text.Length <= LongestText ? text : text[..LongestText];

    private static AnswerNow Wrong(string why) => new(Text(why, isError: true));

    private static void WriteInitialize(Utf8JsonWriter json, string protocolVersion) => WriteResult(json, () =>
    {
        json.WriteString("protocolVersion", protocolVersion);
        json.WriteStartObject("capabilities");
        json.WriteStartObject("tools");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("serverInfo");
        json.WriteString("name", ControlMessages.ServerName);
        json.WriteString("version", "1");
        json.WriteEndObject();
    });

    private static void WriteResult(Utf8JsonWriter json, Action writeFields)
    {
        json.WriteStartObject("result");
        writeFields();
        json.WriteEndObject();
    }
}
