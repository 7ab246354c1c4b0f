using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp;

/// <summary>The built <c>cloister mcp</c>, spoken with in lines of JSON as any client would.</summary>
internal sealed class McpProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> _waiting = new(StringComparer.Ordinal);
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private int _ids;

    private McpProcess(Process process)
    {
        _process = process;
        _reading = ReadAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public int Pid => _process.Id;

    /// <summary>Lines on its output that are no JSON object: there may be none.</summary>
    public ConcurrentQueue<string> Strays { get; } = [];

    /// <summary>Answers without an id that we know, and what comes unasked.</summary>
    public ConcurrentQueue<JsonObject> Others { get; } = [];

    /// <summary>What is said first.</summary>
    public const string Hello = """{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"claude-code","version":"2.1.329"}}""";

    /// <summary>Starts one that has heard nothing yet.</summary>
    public static McpProcess Open(CloisterCommand cloister, params IEnumerable<string> arguments) => new(cloister.Open(["mcp", .. arguments]));

    /// <summary>Starts one and greets it.</summary>
    public static async Task<McpProcess> StartAsync(CloisterCommand cloister, params IEnumerable<string> arguments)
    {
        var client = Open(cloister, arguments);
        await client.GreetAsync();
        return client;
    }

    /// <summary>Greets it.</summary>
    public async Task GreetAsync()
    {
        var hello = await CallAsync("initialize", Hello);
        Assert.Equal("cloister", (string?)hello["result"]!["serverInfo"]!["name"]);
        await SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
    }

    public Task<JsonObject> CallAsync(string method, string parameters = "{}") => Begin(method, parameters).WaitAsync(Limit, Cancel);

    /// <summary>A request whose answer may come later, or never.</summary>
    public async Task<JsonObject> Begin(string method, string parameters)
    {
        var id = Interlocked.Increment(ref _ids);
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[$"{id}"] = answer;
        await SendAsync($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{{{parameters}}}}""");
        return await answer.Task;
    }

    /// <summary>The data of a tool's good answer.</summary>
    public async Task<JsonObject> ToolAsync(string name, string arguments = "{}") => DataOf(await CallAsync("tools/call", ToolParameters(name, arguments)));

    public static string ToolParameters(string name, string arguments) => $$$"""{"name":"{{{name}}}","arguments":{{{arguments}}}}""";

    public static JsonObject DataOf(JsonObject answer)
    {
        var result = answer["result"]?.AsObject();
        Assert.True(result is not null && result["isError"]?.GetValue<bool>() is not true, answer.ToJsonString());
        return result["structuredContent"]!.AsObject();
    }

    public Task SendAsync(string line) => SendAsync(Encoding.UTF8.GetBytes(line + "\n"));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _process.StandardInput.BaseStream.WriteAsync(bytes, Cancel);
        await _process.StandardInput.BaseStream.FlushAsync(Cancel);
    }

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Closes its input, as a client that leaves does; its exit code and what it said beside the protocol.</summary>
    public async Task<(int Code, string Errors)> LeaveAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(Cancel).WaitAsync(Limit, Cancel);
        return (_process.ExitCode, await _errors);
    }

    /// <summary>Resident memory in MB.</summary>
    public double Megabytes() => ProcessMemory.Megabytes(Pid);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith('{') || JsonNode.Parse(line) is not JsonObject message)
                Strays.Enqueue(line);
            else if (message["method"] is null && message["id"] is JsonValue id && _waiting.TryRemove(id.ToString(), out var waiting))
                waiting.TrySetResult(message);
            else
                Others.Enqueue(message);
        }
        foreach (var waiting in _waiting.Values)
            waiting.TrySetException(new IOException("cloister mcp has ended"));
    }
}
