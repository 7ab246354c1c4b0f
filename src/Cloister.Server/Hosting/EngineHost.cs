using Cloister.Processes;
using Cloister.Runs;
using Cloister.Server.Api;
using Microsoft.Extensions.Logging;

namespace Cloister.Server.Hosting;

/// <summary>
/// The life of one engine process: takes the state folder's lock, opens the engine (which is recovery), answers on the socket, and goes
/// when it is told to, when nothing is left to do, or when its store fails. Agents stay in every case.
/// </summary>
/// <param name="state">The folder it owns.</param>
/// <param name="idle">How long nothing may run and nobody ask before it goes.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="logger">Its log.</param>
internal sealed partial class EngineHost(StateFolder state, TimeSpan idle, TimeProvider timeProvider, ILogger logger)
{
    // Told to go, an engine is gone within two seconds; what is not flushed by then is recovered by the next one.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    // A checkout that is half written is worse than an engine that takes its time: longer than the largest one on a slow disk takes.
    private static readonly TimeSpan CheckoutPatience = TimeSpan.FromMinutes(5);

    private readonly DateTimeOffset _startedAt = timeProvider.GetUtcNow();

    /// <summary>Runs to the end of the engine's life.</summary>
    /// <param name="open">Opens the engine of the folder, with the identity of its store.</param>
    /// <param name="ready">Called once it answers.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="CloisterException"><c>engine.locked</c> when another engine holds the folder; <c>store.*</c> and others when it cannot go on.</exception>
    public async Task RunAsync(Func<CancellationToken, Task<CloisterEngine>> open, Action ready, CancellationToken stop)
    {
        state.Create();
        using var life = TakeLock();
        var engine = await open(stop);
        try
        {
            LogStarted(logger, CloisterEngine.Version, Environment.ProcessId);
            while (await AnswerAsync(engine, ready, stop))
            {
                LogUnreachable(logger);
                ready = () => { };
            }
        }
        finally
        {
            await LeaveAsync(engine);
        }
    }

    // True when nobody can reach it any more although it goes on: the folder of its socket went with a login, or was tidied away.
    private async Task<bool> AnswerAsync(CloisterEngine engine, Action ready, CancellationToken stop)
    {
        var record = new EngineRecord(Environment.ProcessId, CloisterEngine.Version, _startedAt, engine.InstanceId, state.Socket);
        var hello = new Hello(Protocol.Version, record.Version, record.Pid, record.Instance, state.Root);
        await using var api = await ApiServer.StartAsync(engine, hello, record.Socket, timeProvider, logger, stop);
        record.Write(state.EngineFile);
        ready();
        return await UntilItsEndAsync(engine, api, record.Socket, stop);
    }

    private AttemptLock TakeLock()
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Running an engine");
        if (AttemptLock.TryTake(state.EngineLock) is { } taken)
            return taken;
        var holder = EngineRecord.TryRead(state.EngineFile);
        throw new CloisterException(
            "engine.locked",
            holder is null
                ? $"another engine holds {state.Root}"
                : $"engine {holder.Version} (process {holder.Pid}, since {holder.StartedAt:yyyy-MM-dd HH:mm:ss}Z) holds {state.Root}",
            "cloister engine status");
    }

    private async Task<bool> UntilItsEndAsync(CloisterEngine engine, ApiServer api, string socket, CancellationToken stop)
    {
        // Often enough to be on time, seldom enough to cost nothing.
        var look = TimeSpan.FromTicks(Math.Clamp(idle.Ticks / 4, TimeSpan.FromMilliseconds(50).Ticks, TimeSpan.FromSeconds(5).Ticks));
        while (engine.IsBusy || api.Quiet < idle)
        {
            if (stop.IsCancellationRequested)
            {
                LogTold(logger);
                return false;
            }
            if (!File.Exists(socket))
                return true;
            var ended = await Task.WhenAny(engine.Failed, Task.Delay(look, timeProvider, stop));
            if (ended == engine.Failed)
                throw await engine.Failed;
        }
        LogIdle(logger);
        return false;
    }

    private async Task LeaveAsync(CloisterEngine engine)
    {
        try
        {
            await engine.LeaveCheckoutsAsync().WaitAsync(CheckoutPatience, timeProvider);
            await engine.DisposeAsync().AsTask().WaitAsync(Patience, timeProvider);
        }
        catch (TimeoutException)
        {
            LogCut(logger);
        }
        LogEnded(logger);
    }

    [LoggerMessage(EventId = 601, EventName = "engine.started", Level = LogLevel.Information, Message = "engine {Version} is process {Pid}")]
    private static partial void LogStarted(ILogger logger, string version, int pid);

    [LoggerMessage(EventId = 606, EventName = "engine.unreachable", Level = LogLevel.Warning, Message = "its socket is gone: it answers at a new one")]
    private static partial void LogUnreachable(ILogger logger);

    [LoggerMessage(EventId = 602, EventName = "engine.idle", Level = LogLevel.Information, Message = "nothing runs and nobody asks")]
    private static partial void LogIdle(ILogger logger);

    [LoggerMessage(EventId = 603, EventName = "engine.told", Level = LogLevel.Information, Message = "told to stop; agents go on")]
    private static partial void LogTold(ILogger logger);

    [LoggerMessage(EventId = 604, EventName = "engine.cut", Level = LogLevel.Warning, Message = "did not come to rest in time; the next engine recovers")]
    private static partial void LogCut(ILogger logger);

    [LoggerMessage(EventId = 605, EventName = "engine.ended", Level = LogLevel.Information, Message = "ended")]
    private static partial void LogEnded(ILogger logger);
}
