using Cloister.Cli.Output;
using Cloister.Processes;
using Cloister.Server.Hosting;

namespace Cloister.Cli.Connection;

/// <summary>Starts the engine of a state folder when none runs. Any number of commands may do so at once: one engine stays.</summary>
/// <param name="state">Whose engine.</param>
/// <param name="environment">What the engine inherits; also the model access of runs that it finds.</param>
/// <param name="timeProvider">The clock of the wait.</param>
internal sealed class EngineLauncher(StateFolder state, IReadOnlyDictionary<string, string> environment, TimeProvider timeProvider)
{
    /// <summary>The verb under which our own executable is an engine.</summary>
    public const string Verb = "__engine";

    // Recovery of a hundred attempts takes five seconds at most; a loaded machine gets several times that.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // For the case that another command's engine is on its way: nothing tells us when it listens.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    // An engine that was just leaving is the one good reason for a second try.
    private const int Tries = 3;

    // What a person wants to see of the log in an error.
    private const int TailLines = 5, LongestLine = 300;

    /// <summary>Blocks until an engine listens.</summary>
    /// <param name="listens">Tries to reach one.</param>
    /// <param name="cancellationToken">Stops waiting; an engine that was started goes on.</param>
    public void Start(Func<bool> listens, CancellationToken cancellationToken)
    {
        state.Create();
        var started = timeProvider.GetTimestamp();
        for (var tries = 0; tries < Tries; tries++)
        {
            using var engine = Spawn();
            bool? spoke = null;
            // An engine that ends without a word found another one; when that one ends too, it was on its way out.
            while (spoke != false || IsLocked())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (timeProvider.GetElapsedTime(started) > Patience)
                    throw IsLocked() ? Unreachable() : Failed($"was not ready within {Patience.TotalSeconds:0} seconds");
                if (spoke is null)
                    spoke = engine.WaitForWord(Look);
                else
                    cancellationToken.WaitHandle.WaitOne(Look);
                if (listens())
                    return;
            }
        }
        throw Failed("does not start");
    }

    // The log has every stack whole; a person needs the sentence before it.
    private static string Brief(string line) => TextWidth.Fit(line.Split(" ¶ ", 2)[0], LongestLine);

    private DetachedProcess Spawn()
    {
        var (program, arguments) = ThisProgram.As(Verb);
        return DetachedProcess.Start(program, [.. arguments, "--state", state.Root], environment, state.Project, state.EngineLog);
    }

    private bool IsLocked() => Platform.IsSupported && AttemptLock.IsHeld(state.EngineLock);

    private CloisterException Unreachable()
    {
        var holder = EngineRecord.TryRead(state.EngineFile);
        return new CloisterException(
            "engine.unreachable",
            $"an engine holds {state.Root}, but does not answer{(holder is null ? "" : $" at {holder.Socket} (process {holder.Pid})")}",
            "it may be another user's: use that user's commands, or end it with kill; agents go on, and the next command starts a new one");
    }

    private CloisterException Failed(string how)
    {
        var tail = File.Exists(state.EngineLog) ? File.ReadLines(state.EngineLog).TakeLast(TailLines).Select(Brief).ToList() : [];
        var said = tail.Count == 0 ? "it says nothing" : string.Join("\n       ", tail);
        return new CloisterException("engine.start", $"the engine of {state.Root} {how}: {said}", $"see {state.EngineLog}");
    }
}
