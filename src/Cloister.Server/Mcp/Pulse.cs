using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Cloister.Server.Mcp;

/// <summary>Tells a client that a call still lives. Clients give up on a silent one: after 60 seconds, or five minutes, or thirty.</summary>
internal sealed class Pulse : IAsyncDisposable
{
    /// <summary>Well within the shortest patience there is.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _ended = new();
    private readonly Task _beating;

    private Pulse(McpServer server, ProgressToken token, Func<string> doing, TimeProvider time) => _beating = BeatAsync(server, token, doing, time, _ended.Token);

    /// <summary>Starts it; null for a client that does not want to hear it.</summary>
    public static Pulse? Start(McpServer server, ProgressToken? token, Func<string> doing, TimeProvider time) =>
        token is { } given ? new Pulse(server, given, doing, time) : null;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _beating;
        _ended.Dispose();
    }

    private static async Task BeatAsync(McpServer server, ProgressToken token, Func<string> doing, TimeProvider time, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            for (var beats = 1; await timer.WaitForNextTickAsync(ended); beats++)
                await server.NotifyProgressAsync(token, new ProgressNotificationValue { Progress = beats, Message = doing() }, null, ended);
        }
        catch (OperationCanceledException)
        {
            // The call has ended.
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or ObjectDisposedException)
        {
            // Nobody listens any more; the call finds that out by itself.
        }
    }
}
