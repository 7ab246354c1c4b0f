using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Cloister.Server.Mcp;
using Cloister.Server.Mcp.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Server;

namespace Cloister.Tests.Server.Mcp;

/// <summary>A client that speaks lines of JSON to the real server in this process; nothing of the package is on its side.</summary>
internal sealed class McpRig : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Pipe _toServer = new();
    private readonly Pipe _fromServer = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> _waiting = new(StringComparer.Ordinal);
    private readonly Channel<JsonObject> _others = Channel.CreateUnbounded<JsonObject>();
    private readonly StdioTransport _transport;
    private readonly McpServer _server;
    private readonly Task _serving;
    private readonly Task _reading;
    private int _ids;

    public McpRig(McpDesk desk, params string[] profiles)
    {
        _transport = new StdioTransport(_toServer.Reader.AsStream(), _fromServer.Writer.AsStream(), desk.Time, NullLoggerFactory.Instance);
        _server = McpConnection.Create(_transport, desk, Profile.Named(profiles.Length == 0 ? ["core"] : profiles), new McpConversation(), "1.2.3", NullLoggerFactory.Instance);
        _serving = _server.RunAsync(CancellationToken.None);
        _reading = ReadAsync();
    }

    /// <summary>Answers what the server asks of the client; the result, or null for no answer.</summary>
    public Func<JsonObject, JsonObject?> WhenAsked { get; set; } = _ => null;

    public async Task<JsonObject> InitializeAsync(string version = "2025-11-25", string client = "test", string capabilities = "{}")
    {
        var answer = await CallAsync("initialize", new JsonObject
        {
            ["protocolVersion"] = version,
            ["capabilities"] = JsonNode.Parse(capabilities),
            ["clientInfo"] = new JsonObject { ["name"] = client, ["version"] = "1" },
        });
        await SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        return answer;
    }

    /// <summary>A request and its whole answer.</summary>
    public async Task<JsonObject> CallAsync(string method, JsonObject? parameters = null) => await Begin(method, parameters).Answer.WaitAsync(Limit, Cancel);

    /// <summary>A request whose answer is waited for later.</summary>
    public (int Id, Task<JsonObject> Answer) Begin(string method, JsonObject? parameters = null)
    {
        var id = Interlocked.Increment(ref _ids);
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[$"{id}"] = answer;
        var request = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method };
        if (parameters is not null)
            request["params"] = parameters;
        return (id, SendAndWaitAsync(request, answer.Task));
    }

    /// <summary>A tool's result: <c>structuredContent</c>, <c>content</c>, <c>isError</c>.</summary>
    public async Task<JsonObject> ToolAsync(string name, string arguments = "{}") =>
        (await CallAsync("tools/call", Parameters(name, arguments)))["result"]!.AsObject();

    /// <summary>The data of a tool's good answer.</summary>
    public async Task<JsonObject> DataAsync(string name, string arguments = "{}")
    {
        var result = await ToolAsync(name, arguments);
        Assert.False(result["isError"]?.GetValue<bool>() ?? false, result.ToJsonString());
        return result["structuredContent"]!.AsObject();
    }

    /// <summary>What a tool says when it refuses.</summary>
    public async Task<string> RefusalAsync(string name, string arguments = "{}")
    {
        var result = await ToolAsync(name, arguments);
        Assert.True(result["isError"]?.GetValue<bool>(), result.ToJsonString());
        return result["content"]![0]!["text"]!.GetValue<string>();
    }

    public static JsonObject Parameters(string name, string arguments, int? progressToken = null)
    {
        var parameters = new JsonObject { ["name"] = name, ["arguments"] = JsonNode.Parse(arguments) };
        if (progressToken is { } token)
            parameters["_meta"] = new JsonObject { ["progressToken"] = token };
        return parameters;
    }

    /// <summary>One line, whatever is in it.</summary>
    public Task SendAsync(string line) => SendAsync(Encoding.UTF8.GetBytes(line + "\n"));

    public async Task SendAsync(byte[] bytes) => await _toServer.Writer.WriteAsync(bytes, Cancel);

    /// <summary>The next message that answers none of our requests.</summary>
    public async Task<JsonObject> NextAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Limit);
        return await _others.Reader.ReadAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await _serving.WaitAsync(Limit, CancellationToken.None);
        await _server.DisposeAsync();
        await _transport.DisposeAsync();
        await _fromServer.Writer.CompleteAsync();
        await _reading;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<JsonObject> SendAndWaitAsync(JsonObject request, Task<JsonObject> answer)
    {
        await SendAsync(request.ToJsonString());
        return await answer;
    }

    private async Task ReadAsync()
    {
        using var reader = new StreamReader(_fromServer.Reader.AsStream(), Encoding.UTF8);
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            var message = JsonNode.Parse(line)!.AsObject();
            if (message["method"] is not null && message["id"] is not null)
                await AnswerAsync(message);
            else if (message["method"] is null && message["id"] is JsonValue id && _waiting.TryRemove(id.ToString(), out var waiting))
                waiting.SetResult(message);
            else
                _others.Writer.TryWrite(message);
        }
    }

    private async Task AnswerAsync(JsonObject request)
    {
        _others.Writer.TryWrite(request);
        if (WhenAsked(request) is { } result)
            await SendAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = request["id"]!.DeepClone(), ["result"] = result }.ToJsonString(JsonSerializerOptions.Default));
    }
}
