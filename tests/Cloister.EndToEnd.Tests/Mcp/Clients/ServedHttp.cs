using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Mcp.Clients;

/// <summary>A running <c>cloister serve</c>, and what it tells people who want to connect.</summary>
internal sealed class ServedHttp : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly OutsideCommand _server;

    private ServedHttp(OutsideCommand server, string address, string? token) => (_server, Address, Token) = (server, address, token);

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>What every request has to show; null for a client that has not been told.</summary>
    public string? Token { get; }

    /// <summary>The same for somebody who was not told the token.</summary>
    public ServedHttp ForStrangers => new(_server, Address, token: null);

    /// <summary>Starts one on any free port.</summary>
    public static async Task<ServedHttp> StartAsync(CloisterCommand cloister)
    {
        var server = await cloister.StartAsync("serve", "--port", "0");
        await server.SayAsync("Bearer ", Limit);
        return new ServedHttp(server, Between(server.OutputSoFar, "listening on ", "\n"), Between(server.OutputSoFar, "Bearer ", "\""));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static string Between(string text, string before, string after)
    {
        var start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
    }
}
