using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

internal static partial class ChildProcess
{
    // What a program wrote is in its pipes when it has ended; longer waits only a descendant that kept them open.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(1);

    // A killed process that is still there after this hangs in the kernel (a dead network file system); nobody should wait for it.
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    private const int ChunkSize = 64 * 1024;

    private static async Task<ProcessResult> RunOnLinuxAsync(ProcessCommand command, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var output = new CappedBuffer(command.OutputLimit);
        var error = new CappedBuffer(command.OutputLimit);
        using var deadline = new CancellationTokenSource(command.Deadline, timeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var abandon = new CancellationTokenSource();
        using var child = StartedChild.Start(command, timeProvider);
        var streams = Task.WhenAll(
            FeedAsync(child.Input, command.StandardInput, abandon.Token),
            DrainAsync(child.Output, output, abandon.Token),
            DrainAsync(child.Error, error, abandon.Token));
        ExitStatus status;
        bool stopped;
        IReadOnlyList<ProcessIdentity> survivors;
        try
        {
            stopped = !await ExitedAsync(child, stop.Token);
            if (!stopped)
                await WithinAsync(streams, DrainLimit, timeProvider);
            survivors = child.KillLeftovers(everywhere: stopped || command.KillLeftovers || !streams.IsCompleted);
            await WithinAsync(streams, DrainLimit, timeProvider);
            status = await child.ReapAsync(KillLimit, timeProvider);
        }
        finally
        {
            await abandon.CancelAsync();
            await streams.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        if (stopped)
            cancellationToken.ThrowIfCancellationRequested();
        return new ProcessResult(status.ExitCode, status.Signal, stopped, output.Bytes, error.Text, output.Truncated || error.Truncated)
        {
            Survivors = ProcessTree.Describe(survivors),
        };
    }

    private static async Task<bool> ExitedAsync(StartedChild child, CancellationToken cancellationToken)
    {
        try
        {
            await Readiness.WaitAsync(child.Pidfd, Libc.POLLIN, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task WithinAsync(Task task, TimeSpan limit, TimeProvider timeProvider)
    {
        try
        {
            await task.WaitAsync(limit, timeProvider);
        }
        catch (TimeoutException)
        {
            // A descendant holds the pipe: what has been read so far is the output.
        }
    }

    private static async Task FeedAsync(SafeFileHandle? pipe, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (pipe is null)
            return;
        using (pipe)
        {
            while (bytes.Length > 0)
            {
                if (Descriptor.Write(pipe, bytes.Span) is not { } written)
                    return;
                if (written < 0)
                    await Readiness.WaitAsync(pipe, Libc.POLLOUT, cancellationToken);
                else
                    bytes = bytes[written..];
            }
        }
    }

    private static async Task DrainAsync(SafeFileHandle pipe, CappedBuffer target, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            int count;
            while ((count = Descriptor.Read(pipe, buffer)) != 0)
            {
                if (count < 0)
                    await Readiness.WaitAsync(pipe, Libc.POLLIN, cancellationToken);
                else
                    target.Add(buffer.AsSpan(0, count));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
