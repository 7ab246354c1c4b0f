using System.Runtime.InteropServices;
using Cloister.Cli.Commands;

namespace Cloister.Cli;

/// <summary>The command as a process: signals in, exit code out, and never a stack trace.</summary>
internal static class Shell
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        using var interrupts = new Interrupts();
        using var terminated = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupts.First, terminated.Token);
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, interrupts.Hear);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Cancel(terminated, signal));
        var host = CliHost.Real() with { InterruptedAgain = patience => interrupts.AgainAsync(patience, TimeProvider.System) };
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
