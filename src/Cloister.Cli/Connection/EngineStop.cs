using Cloister.Processes;
using Cloister.Server.Hosting;

namespace Cloister.Cli.Connection;

/// <summary>Ends the engine of a state folder, also one of another version: agents go on, and the next command starts a new engine.</summary>
internal static class EngineStop
{
    // An engine promises two seconds; a loaded machine gets some more.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>The process that ended; null when no engine ran.</summary>
    /// <exception cref="CloisterException"><c>engine.stuck</c>.</exception>
    public static async Task<int?> StopAsync(StateFolder state, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Stopping an engine");
        if (!AttemptLock.IsHeld(state.EngineLock))
            return null;
        var pid = await PidAsync(state, timeProvider, cancellationToken)
            ?? throw new CloisterException("engine.stuck", $"an engine holds {state.Root}, but does not say which process it is", $"lsof {state.EngineLock} tells");
        ProcessIdentity.Of(pid)?.Signal(Libc.SIGTERM);
        var told = timeProvider.GetTimestamp();
        while (AttemptLock.IsHeld(state.EngineLock))
        {
            if (timeProvider.GetElapsedTime(told) > Patience)
                throw new CloisterException("engine.stuck", $"the engine (process {pid}) does not end", $"kill -9 {pid} is safe: agents go on, and nothing accepted is lost");
            await Task.Delay(Look, timeProvider, cancellationToken);
        }
        return pid;
    }

    // Asked first: the file may be from an engine before.
    private static async Task<int?> PidAsync(StateFolder state, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(AnswerPatience, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await using var client = EngineClient.Connect(state);
            return (await client.HelloAsync(either.Token)).Pid;
        }
        catch (Exception silent) when (silent is CloisterException || (silent is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return EngineRecord.TryRead(state.EngineFile)?.Pid;
        }
    }
}
