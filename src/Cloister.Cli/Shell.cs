using System.Runtime.InteropServices;
using Cloister.Cli.Commands;

namespace Cloister.Cli;

/// <summary>The command as a process: signals in, exit code out, and never a stack trace.</summary>
internal static class Shell
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        // A second interrupt is not held back: whoever presses twice means it.
        using var interrupted = new CancellationTokenSource();
        using var terminated = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupted.Token, terminated.Token);
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Cancel(interrupted, signal));
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Cancel(terminated, signal));
        var host = CliHost.Real();
        try
        {
            return await CommandLine.RunAsync(arguments, host, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return terminated.IsCancellationRequested ? ExitCode.Terminated : ExitCode.Interrupted;
        }
#pragma warning disable CA1031 // The edge of the process: a person sees a sentence, never a stack trace.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            host.Terminal.Note($"error[cli.bug]: {bug.GetType().Name}: {bug.Message}");
            host.Terminal.Note("hint: this is a mistake in cloister itself; CLOISTER_DEBUG=1 shows where");
            if (host.Environment.ContainsKey("CLOISTER_DEBUG"))
                host.Terminal.NoteRaw(bug.ToString());
            return ExitCode.Failed;
        }
    }

    private static void Cancel(CancellationTokenSource source, PosixSignalContext signal)
    {
        signal.Cancel = !source.IsCancellationRequested;
        source.Cancel();
    }
}
