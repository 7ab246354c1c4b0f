namespace Cloister.Processes;

/// <summary>
/// The small program between the engine and one agent: it outlives the engine, keeps the attempt's lock while it lives, and writes
/// down how the agent ended.
/// </summary>
internal static partial class Shim
{
    /// <summary>The agent's end is recorded.</summary>
    public const int Recorded = 0;

    /// <summary>Another shim holds the attempt.</summary>
    public const int LockHeld = 10;

    /// <summary>The attempt had ended before.</summary>
    public const int AlreadyEnded = 11;

    /// <summary>An earlier shim died with its agent running or about to run; the leftovers are gone and the end is recorded as unknown.</summary>
    public const int Abandoned = 12;

    /// <summary>Runs the attempt in <paramref name="attemptDirectory"/> to its end, or leaves when that is somebody else's or done.</summary>
    /// <returns>One of the constants above: the exit code of the process.</returns>
    public static int Run(string attemptDirectory) =>
        Platform.IsSupported
            ? RunOnLinux(new AttemptDirectory(attemptDirectory))
            : throw Platform.Unsupported("Running attempts");
}
