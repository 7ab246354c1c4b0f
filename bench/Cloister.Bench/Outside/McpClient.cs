using System.Globalization;
using System.Text.Json;

namespace Cloister.Bench.Outside;

/// <summary>A client of <c>cloister mcp</c> with nothing of its own.</summary>
internal sealed class McpClient : IAsyncDisposable
{
    private readonly Dialogue _dialogue;
    private int _asked;

    private McpClient(Dialogue dialogue) => _dialogue = dialogue;

    public int Pid => _dialogue.Pid;

    /// <summary>Starts the server and greets it.</summary>
    public static async Task<McpClient> StartAsync(Person person, CancellationToken cancellationToken)
    {
        var client = new McpClient(Dialogue.Start(person, Programs.Cloister, "mcp"));
        await client.AskAsync("initialize", """{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"claude-code","version":"2.1.329"}}""", cancellationToken);
        await client._dialogue.SayAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", cancellationToken);
        return client;
    }

    /// <summary>Makes a request.</summary>
    public Task<Reply> AskAsync(string method, string parameters, CancellationToken cancellationToken)
    {
        var id = ++_asked;
        var line = string.Create(CultureInfo.InvariantCulture, $$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}},"id":{{id}}}""");
        return _dialogue.AskAsync(line, message => message.TryGetProperty("id", out var answered) && answered.GetInt32() == id, cancellationToken);
    }

    /// <summary>Calls a tool.</summary>
    /// <exception cref="InvalidOperationException">It refused.</exception>
    public async Task<(JsonElement Data, double Milliseconds)> CallAsync(string tool, string arguments, CancellationToken cancellationToken)
    {
        var reply = await AskAsync("tools/call", $$"""{"name":"{{tool}}","arguments":{{arguments}} }""", cancellationToken);
        var result = reply.Message.GetProperty("result");
        return result.TryGetProperty("isError", out var failed) && failed.GetBoolean()
            ? throw new InvalidOperationException($"{tool} refused: {result}")
            : (result.GetProperty("structuredContent"), reply.Took.TotalMilliseconds);
    }

    public ValueTask DisposeAsync() => _dialogue.DisposeAsync();
}
