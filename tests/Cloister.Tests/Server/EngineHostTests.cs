using System.Collections.Concurrent;
using Cloister.Cli;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Server.Hosting;
using Cloister.Tests.Processes;
using Cloister.Tests.Runs;
using Cloister.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Cloister.Tests.Server;

/// <summary>The life of an engine process, from inside.</summary>
public sealed class EngineHostTests : IAsyncLifetime
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-host-").FullName;
    private readonly EngineRig _rig = new();
    private readonly ManualClock _clock = new();
    private readonly EventLog _log = new();
    private readonly StateFolder _state;

    public EngineHostTests() => _state = new StateFolder(
        Path.Combine(_folder, "project", StateFolder.FolderName),
        new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = _folder, ["XDG_RUNTIME_DIR"] = _folder });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_state.Project);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task an_engine_without_work_and_visitors_goes()
    {
        await using var host = await StartedAsync();

        await UntilGoneAsync(host);

        Assert.Equal(["engine.started", "engine.idle", "engine.ended"], _log.Events);
        Assert.False(File.Exists(_state.Socket));
        Assert.False(AttemptLock.IsHeld(_state.EngineLock));
        Assert.Equal(Environment.ProcessId, EngineRecord.TryRead(_state.EngineFile)!.Pid);
    }

    [Fact]
    public async Task a_second_engine_says_who_holds_the_folder()
    {
        await using var first = await StartedAsync();

        var refused = await Assert.ThrowsAsync<CloisterException>(() => Host().RunAsync(_ => throw new InvalidOperationException("never opened"), () => { }, Cancel));

        Assert.Equal((7, "engine.locked"), (ExitCode.Of(refused), refused.Code));
        Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task an_engine_with_work_stays_and_is_gone_soon_when_told()
    {
        _rig.Backend.For("a", agent => agent.UntilStoppedAsync());
        await using var host = await StartedAsync();
        await using var client = EngineClient.Connect(_state.Socket);
        var run = await client.StartAsync(await _rig.RequestAsync("tasks: { a: { prompt: x } }"), Cancel);
        await _rig.UntilAsync(run.Id, view => view.Tasks["a"].State == TaskState.Working);
        _clock.Advance(TimeSpan.FromHours(1));

        var started = TimeProvider.System.GetTimestamp();
        await host.StopAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(["engine.started", "engine.told", "engine.ended"], _log.Events);
        Assert.False(AttemptLock.IsHeld(_state.EngineLock));
    }

    [Fact]
    public async Task a_visitor_keeps_the_engine()
    {
        await using var host = await StartedAsync();
        await using var client = EngineClient.Connect(_state.Socket);
        var run = await client.StartAsync(await _rig.RequestAsync("tasks: { a: { prompt: x } }"), Cancel);
        await _rig.UntilFinishedAsync(run.Id);
        await using (var updates = client.WatchAsync(run.Id, since: 0, Cancel).GetAsyncEnumerator(Cancel))
        {
            Assert.True(await updates.MoveNextAsync());
            // Every look finds the visitor; one more command proves that the engine answers after them.
            for (var i = 0; i < 20; i++)
                _clock.Advance(Idle);
            Assert.Equal(run.Id, (await client.GetAsync(run.Id, Cancel)).Id);
        }

        await UntilGoneAsync(host);
        Assert.Equal(["engine.started", "engine.idle", "engine.ended"], _log.Events);
    }

    [Fact]
    public async Task a_store_that_fails_ends_the_engine_with_its_reason()
    {
        await using var host = await StartedAsync();
        _rig.Services.Failed.SetResult(new CloisterException("store.full", "the disk is full", "free some space"));

        var failure = await Assert.ThrowsAsync<CloisterException>(() => host.Ended);

        Assert.Equal((74, "the disk is full"), (ExitCode.Of(failure), failure.Message));
    }

    [Fact]
    public async Task an_engine_is_found_from_another_environment()
    {
        await using var host = await StartedAsync();
        var elsewhere = new StateFolder(_state.Root, new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = "/nowhere" });
        Assert.NotEqual(_state.Socket, elsewhere.Socket);

        await using var client = EngineClient.Connect(elsewhere);

        Assert.Equal(Environment.ProcessId, (await client.HelloAsync(Cancel)).Pid);
        var run = await client.StartAsync(await _rig.RequestAsync("tasks: { a: { prompt: x } }"), Cancel);
        await using var updates = EngineClient.Connect(elsewhere).WatchAsync(null, since: 0, Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal(run.Id, updates.Current.Run);
    }

    [Fact]
    public async Task nobody_is_led_to_a_socket_that_another_could_have_put_there()
    {
        _state.Create();
        var open = Directory.CreateDirectory(Path.Combine(_folder, "open")).FullName;
        File.SetUnixFileMode(open, File.GetUnixFileMode(open) | UnixFileMode.OtherExecute);
        using var held = AttemptLock.TryTake(_state.EngineLock);
        new EngineRecord(1, "0", _clock.GetUtcNow(), "rig", Path.Combine(open, "engine.sock")).Write(_state.EngineFile);

        await using var client = EngineClient.Connect(_state);

        Assert.Equal("engine.down", (await Assert.ThrowsAsync<CloisterException>(async () => await client.HelloAsync(Cancel))).Code);
    }

    [Fact]
    public async Task an_engine_whose_socket_was_tidied_away_answers_again()
    {
        _rig.Backend.For("a", agent => agent.UntilStoppedAsync());
        await using var host = await StartedAsync();
        await using var client = EngineClient.Connect(_state);
        var run = await client.StartAsync(await _rig.RequestAsync("tasks: { a: { prompt: x } }"), Cancel);
        await _rig.UntilAsync(run.Id, view => view.Tasks["a"].State == TaskState.Working);

        Scratch.Delete(Path.GetDirectoryName(_state.Socket)!);

        await Eventually.TrueAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(5));
                return File.Exists(_state.Socket);
            },
            "a new socket");
        Assert.Equal(run.Id, (await client.GetAsync(run.Id, Cancel)).Id);
        Assert.Contains("engine.unreachable", _log.Events);
    }

    private EngineHost Host() => new(_state, Idle, _clock, _log);

    private async Task<CloisterEngine> OpenAsync(CancellationToken cancellationToken)
    {
        await _rig.OpenAsync();
        return _rig.Engine;
    }

    private async Task<Running> StartedAsync()
    {
        var ready = new TaskCompletionSource();
        var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = new Running(Host().RunAsync(OpenAsync, ready.SetResult, stop.Token), stop);
        await await Task.WhenAny(ready.Task, running.Ended);
        return running;
    }

    // Its looks are timers of a clock that only a test moves.
    private Task UntilGoneAsync(Running host) => Eventually.TrueAsync(
        () =>
        {
            // It may have begun to go just now, and what it does on its way out has a time of its own: one step is shorter than that.
            if (!_log.Events.Contains("engine.idle"))
                _clock.Advance(TimeSpan.FromSeconds(1));
            return host.Ended.IsCompleted;
        },
        "the engine is gone");

    private sealed class Running(Task life, CancellationTokenSource stop) : IAsyncDisposable
    {
        public Task Ended => life;

        public async Task StopAsync()
        {
            await stop.CancelAsync();
            await life;
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await life.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.Dispose();
        }
    }

    private sealed class EventLog : ILogger
    {
        private readonly ConcurrentQueue<string> _events = [];

        public IReadOnlyList<string> Events => [.. _events];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _events.Enqueue(eventId.Name ?? "");
    }
}
