using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Server;

namespace Cloister.Server.Mcp.Http;

/// <summary>The clients that are there. A client that goes without a word is forgotten after a while; it can always begin anew.</summary>
/// <param name="desk">What all of them work with.</param>
/// <param name="listed">The tools they see.</param>
/// <param name="version">Our own.</param>
/// <param name="loggers">For what nobody is told.</param>
internal sealed class HttpSessions(McpDesk desk, IReadOnlyList<Profile> listed, string version, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>Every window of every editor of one person; more is a client that never says goodbye.</summary>
    public const int Most = 64;

    /// <summary>A client that still thinks of it has asked something meanwhile.</summary>
    public static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(30);

    // Long enough that nobody guesses one.
    private const int IdBytes = 16;

    private readonly ConcurrentDictionary<string, HttpSession> _sessions = new(StringComparer.Ordinal);

    // Such a client is known by nothing from one request to the next, and all of them are the person's who has the token.
    private readonly McpConversation _withoutSession = new();

    public HttpSession? Find(string id) => _sessions.GetValueOrDefault(id);

    /// <summary>A new one; null when there are too many at work.</summary>
    public async Task<HttpSession?> OpenAsync()
    {
        await ForgetAsync(_sessions.Where(pair => pair.Value.Idle > LongestIdle));
        if (_sessions.Count >= Most)
            await ForgetAsync(_sessions.Where(pair => pair.Value.Idle > TimeSpan.Zero).OrderByDescending(pair => pair.Value.Idle).Take(1));
        if (_sessions.Count >= Most)
            return null;
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        return _sessions[id] = Create(new StreamableHttpServerTransport(loggers) { SessionId = id }, new McpConversation());
    }

    /// <summary>One for a single request: newer clients name themselves with every request and hold no session. What is remembered, they share.</summary>
    public HttpSession Momentary() => Create(new StreamableHttpServerTransport(loggers) { Stateless = true }, _withoutSession);

    /// <summary>The client says goodbye.</summary>
    public async Task<bool> CloseAsync(string id)
    {
        if (!_sessions.TryRemove(id, out var session))
            return false;
        await session.DisposeAsync();
        return true;
    }

    public async ValueTask DisposeAsync() => await ForgetAsync(_sessions);

    private HttpSession Create(StreamableHttpServerTransport transport, McpConversation conversation) =>
        new(transport, McpConnection.Create(transport, desk, listed, conversation, version, loggers), desk.Time);

    private async Task ForgetAsync(IEnumerable<KeyValuePair<string, HttpSession>> those)
    {
        foreach (var (id, _) in those.ToList())
            await CloseAsync(id);
    }
}
