using System.Net.Sockets;
using System.Text;
using Cloister.Cli;
using Cloister.Runs;
using Cloister.Server.Api;
using Cloister.Tests.Support;

namespace Cloister.Tests.Server;

/// <summary>A watch over engines that come and go.</summary>
public sealed class WatchingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cl-").FullName;
    private readonly ManualClock _clock = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public WatchingTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
    }

    private string SocketPath => Path.Combine(_folder, "engine.sock");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task any_number_of_engines_may_be_lost_while_nothing_happens()
    {
        var engines = ServeAsync(lives: 40, each: TimeSpan.FromMinutes(10));
        await using var updates = EngineClient.Connect(SocketPath, _clock).WatchAsync(run: null, since: 0, Cancel).GetAsyncEnumerator(Cancel);

        Assert.True(await updates.MoveNextAsync());
        Assert.Equal(new RunId(7), updates.Current.Run);
        await engines;
    }

    [Fact]
    public async Task engines_that_die_at_once_again_and_again_are_an_error_that_says_what_to_do()
    {
        var engines = ServeAsync(lives: 40, each: TimeSpan.Zero);
        await using var updates = EngineClient.Connect(SocketPath, _clock).WatchAsync(run: null, since: 0, Cancel).GetAsyncEnumerator(Cancel);

        var failure = await Assert.ThrowsAsync<CloisterException>(async () => await updates.MoveNextAsync());

        Assert.Equal((ExitCode.Engine, "engine.lost"), (ExitCode.Of(failure), failure.Code));
        Assert.NotNull(failure.Hint);
        _listener.Dispose();
        await Assert.ThrowsAnyAsync<SocketException>(() => engines);
    }

    // Engines that accept a watch and die, and then one in which something happens.
    private async Task ServeAsync(int lives, TimeSpan each)
    {
        for (var life = 0; ; life++)
        {
            using var visitor = await _listener.AcceptAsync(Cancel);
            var request = new byte[4096];
            Assert.True(await visitor.ReceiveAsync(request, Cancel) > 0);
            await visitor.SendAsync(Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunk(":\n\n")), Cancel);
            _clock.Advance(each);
            if (life < lives)
                continue;
            var update = System.Text.Json.JsonSerializer.Serialize(
                new RunUpdate(1, new RunId(7), null, _clock.GetUtcNow(), "run.accepted", null, null, null, "x"), ApiJson.Strict.RunUpdate);
            await visitor.SendAsync(Encoding.UTF8.GetBytes(Chunk($"data: {update}\n\n")), Cancel);
            return;
        }
    }

    private static string Chunk(string text) => $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n";
}
