using Cloister.Processes;
using Cloister.Server.Hosting;

namespace Cloister.Cli.Connection;

/// <summary>
/// Where the engine of a state folder listens: where this environment would put its socket, and, when nobody is there, where the engine that
/// lives says. It may have been started from another environment: by cron, over ssh, in a nix-shell.
/// </summary>
internal sealed class EngineAddress
{
    private readonly StateFolder? _state;

    /// <summary>The engine of a state folder.</summary>
    public EngineAddress(StateFolder state) => (_state, Socket) = (state, state.Socket);

    /// <summary>Always the same place.</summary>
    public EngineAddress(string socket) => Socket = socket;

    /// <summary>Where to try.</summary>
    public string Socket { get; private set; }

    /// <summary>After nobody listened: true when an engine lives and names another place, which is to be tried now.</summary>
    public bool TryCorrect()
    {
        if (_state is null || !Platform.IsSupported || !AttemptLock.IsHeld(_state.EngineLock))
            return false;
        // The file may be a dead engine's, or come with somebody's repository: its word counts only for a place that nobody else can fill.
        if (EngineRecord.TryRead(_state.EngineFile) is not { } record || record.Socket == Socket || !RuntimeDirectory.IsTrusted(record.Socket))
            return false;
        Socket = record.Socket;
        return true;
    }
}
