using ModelContextProtocol.Server;

namespace Cloister.Server.Mcp.Http;

/// <summary>One client over HTTP: its transport and its server, for as long as it comes back.</summary>
internal sealed class HttpSession : IAsyncDisposable
{
    private readonly McpServer _server;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _running;
    private readonly TimeProvider _time;
    private int _requests;
    private long _lastUse;

    public HttpSession(StreamableHttpServerTransport transport, McpServer server, TimeProvider time)
    {
        (Transport, _server, _time) = (transport, server, time);
        _lastUse = time.GetTimestamp();
        _running = RunAsync();
    }

    public StreamableHttpServerTransport Transport { get; }

    /// <summary>How long nobody has used it; zero while a request is open.</summary>
    public TimeSpan Idle => Volatile.Read(ref _requests) > 0 ? TimeSpan.Zero : _time.GetElapsedTime(Volatile.Read(ref _lastUse));

    /// <summary>Counts a request for as long as it lasts.</summary>
    public async Task UseAsync(Func<StreamableHttpServerTransport, Task> request)
    {
        Interlocked.Increment(ref _requests);
        try
        {
            await request(Transport);
        }
        finally
        {
            Volatile.Write(ref _lastUse, _time.GetTimestamp());
            Interlocked.Decrement(ref _requests);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await Transport.DisposeAsync();
        await _running;
        await _server.DisposeAsync();
        _ended.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await _server.RunAsync(_ended.Token);
        }
        catch (OperationCanceledException)
        {
            // It was ended.
        }
    }
}
