namespace Cloister.Processes;

/// <summary>
/// Runs a program to its end in a session of its own and leaves nothing behind: no process, no descriptor, no zombie.
/// </summary>
internal static partial class ChildProcess
{
    /// <summary>
    /// Runs <paramref name="command"/>. A program that fails is a result; one that cannot be started at all throws
    /// <c>process.missing</c> (no such program) or <c>process.start</c> (it exists, but does not start).
    /// </summary>
    /// <param name="command">What to run.</param>
    /// <param name="timeProvider">The clock of its deadline.</param>
    /// <param name="cancellationToken">Kills the whole tree, then throws.</param>
    public static Task<ProcessResult> RunAsync(ProcessCommand command, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        Platform.IsSupported
            ? RunOnLinuxAsync(command, timeProvider, cancellationToken)
            : throw Platform.Unsupported("Running programs");

    /// <summary>Kills every process that was started with this variable, and all of their descendants.</summary>
    /// <param name="variable"><c>NAME=value</c>.</param>
    public static void KillMarked(string variable)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Ending programs");
        _ = new ProcessTree(variable).Kill();
    }
}
