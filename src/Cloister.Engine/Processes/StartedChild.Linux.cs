using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>A running child of ours with our ends of its pipes.</summary>
[SupportedOSPlatform("linux")]
internal sealed class StartedChild : IDisposable
{
    // Descendants inherit it, wherever they move to.
    private const string MarkerName = "CLOISTER_PROCESS";

    private readonly ProcessIdentity _identity;
    private readonly string _marker;

    private bool _reaped;

    private StartedChild(ProcessIdentity identity, SafeFileHandle pidfd, string marker, SafeFileHandle? input, SafeFileHandle output, SafeFileHandle error)
    {
        (_identity, Pidfd, _marker) = (identity, pidfd, marker);
        (Input, Output, Error) = (input, output, error);
    }

    public SafeFileHandle? Input { get; }

    public SafeFileHandle Output { get; }

    public SafeFileHandle Error { get; }

    /// <summary>Readable when the child has ended.</summary>
    public SafeFileHandle Pidfd { get; }

    public static StartedChild Start(ProcessCommand command, TimeProvider timeProvider)
    {
        var marker = $"{MarkerName}={Guid.CreateVersion7(timeProvider.GetUtcNow()):N}";
        var (output, outputEnd) = Descriptor.Pipe();
        var (error, errorEnd) = Descriptor.Pipe();
        var (inputEnd, input) = command.StandardInput.IsEmpty
            ? (Descriptor.Open("/dev/null", Libc.O_RDONLY), null)
            : Descriptor.Pipe();
        try
        {
            using (outputEnd)
            using (errorEnd)
            using (inputEnd)
            {
                Descriptor.MakeNonBlocking(output);
                Descriptor.MakeNonBlocking(error);
                if (input is not null)
                    Descriptor.MakeNonBlocking(input);
                var pid = new Spawn(
                    Executable.Find(command.FileName, command.WorkingDirectory, command.Environment),
                    command.Arguments,
                    new Dictionary<string, string>(command.Environment, StringComparer.Ordinal) { [MarkerName] = marker[(MarkerName.Length + 1)..] },
                    command.WorkingDirectory,
                    SpawnGroup.OwnSession).Start(inputEnd, outputEnd, errorEnd);
                var (identity, pidfd) = Watch(pid);
                return new StartedChild(identity, pidfd, marker, input, output, error);
            }
        }
        catch
        {
            output.Dispose();
            error.Dispose();
            input?.Dispose();
            throw;
        }
    }

    /// <summary>Kills what is left of its group, and everywhere else when asked; before the child is reaped, so that its number is its own.</summary>
    /// <returns>What could not be killed.</returns>
    public IReadOnlyList<ProcessIdentity> KillLeftovers(bool everywhere)
    {
        _ = Libc.kill(-_identity.Pid, Libc.SIGKILL);
        return everywhere ? new ProcessTree(_marker) { Since = _identity.StartTicks }.Kill() : [];
    }

    /// <summary>Takes its exit status; the child is dead or dying.</summary>
    public async Task<ExitStatus> ReapAsync(TimeSpan limit, TimeProvider timeProvider)
    {
        using var patience = new CancellationTokenSource(limit, timeProvider);
        try
        {
            await Readiness.WaitAsync(Pidfd, Libc.POLLIN, patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new CloisterException("process.stuck", $"process {_identity.Pid} does not die of SIGKILL", "it hangs in the kernel, often on a network file system");
        }
        _reaped = true;
        return ExitStatus.TryReap(_identity.Pid) ?? throw new CloisterException("process.lost", $"the exit status of process {_identity.Pid} was taken by somebody else");
    }

    public void Dispose()
    {
        // Only a failure of our own gets here with the child unreaped.
        if (!_reaped)
            Discard(_identity.Pid);
        Input?.Dispose();
        Output.Dispose();
        Error.Dispose();
        Pidfd.Dispose();
    }

    // A child that is not reaped keeps its row and its number: both are of the right process, unless descriptors have run out.
    private static (ProcessIdentity Identity, SafeFileHandle Pidfd) Watch(int pid)
    {
        if (ProcessIdentity.Of(pid) is { } identity && identity.TryOpen() is { } pidfd)
            return (identity, pidfd);
        Discard(pid);
        throw new CloisterException("process.start", $"cannot watch process {pid} that was just started", "the limit of open files may be reached: see ulimit -n");
    }

    private static void Discard(int pid)
    {
        _ = Libc.kill(-pid, Libc.SIGKILL);
        _ = ExitStatus.Reap(pid);
    }
}
