using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

internal sealed partial class AttemptProcess
{
    // A shim that died before it announced itself has started no agent; one that does so every time never will.
    private const int StartTries = 3;

    // A shim is there in a tenth of a second; a machine that needs this long is beyond help.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    // For the moments in which the kernel has nothing to wait for: a shim between its lock and its record.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private static async Task<AttemptProcess> StartOrAttachOnLinuxAsync(
        AttemptDirectory directory,
        ShimCommand shim,
        AttemptSpec spec,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<string> firstInput,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        var effective = directory.Prepare(spec with { EnvironmentNames = [.. environment.Keys.Order(StringComparer.Ordinal)] }, firstInput);
        CrashPoint.Hit("attempt.prepared");
        for (var i = 0; i < StartTries; i++)
        {
            if (HasShimCome(directory))
                return new AttemptProcess(directory, effective, timeProvider);
            await SpawnShimAsync(directory, shim, ShimEnvironment.OfShim(environment, shim.Environment), timeProvider, cancellationToken);
            CrashPoint.Hit("attempt.spawned");
        }
        return HasShimCome(directory)
            ? new AttemptProcess(directory, effective, timeProvider)
            : throw new CloisterException("attempt.shim", $"the shim of {spec.Attempt} does not start: {LastWords(directory)}", $"see {directory.ShimLogPath}");
    }

    // The order matters: a shim announces itself before it does anything, and holds its lock until all is written.
    private static bool HasShimCome(AttemptDirectory directory) =>
        AttemptLock.IsHeld(directory.LockPath) || directory.TryReadShim() is not null || directory.TryReadEnd() is not null;

    private static async Task SpawnShimAsync(
        AttemptDirectory directory, ShimCommand shim, Dictionary<string, string> environment, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var (started, startedEnd) = Descriptor.Pipe();
        using (started)
        {
            Descriptor.MakeNonBlocking(started);
            using (startedEnd)
            using (var input = Descriptor.Open("/dev/null", Libc.O_RDONLY))
            using (var log = Descriptor.Open(directory.ShimLogPath, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND))
            {
                var pid = new Spawn(shim.FileName, [.. shim.Arguments, directory.Path], environment, directory.Path, SpawnGroup.OwnSession).Start(input, startedEnd, log);
                ChildReaper.Adopt(pid);
            }
            using var patience = new CancellationTokenSource(StartLimit, timeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            try
            {
                await Readiness.WaitAsync(started, Libc.POLLIN, either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new CloisterException("attempt.shim", $"the shim in {directory.Path} did not start its agent in {StartLimit.TotalSeconds:0} seconds", "the machine may be overloaded");
            }
        }
    }

    private static string LastWords(AttemptDirectory directory) =>
        File.ReadLines(directory.ShimLogPath).LastOrDefault(line => line.Length > 0) ?? "it says nothing";

    /// <summary>Waits for the end; what is left of an attempt whose shim was killed is killed too.</summary>
    public async Task<AttemptEnd> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!AttemptLock.IsHeld(Directory.LockPath) && TryFinish() is { } end)
                return end;
            using var shim = OpenShim();
            if (shim is not null)
                await Readiness.WaitAsync(shim, Libc.POLLIN, cancellationToken);
            else
                await Task.Delay(Look, _timeProvider, cancellationToken);
        }
    }

    private AttemptEnd? TryFinish()
    {
        if (Directory.TryReadEnd() is { } end)
        {
            // A shim killed after its record has not tidied up.
            if (Directory.TryReadShim() is { } former)
                ControlSocket.Remove(former.Socket);
            return end;
        }
        using var held = AttemptLock.TryTake(Directory.LockPath);
        if (held is null)
            return null;
        if (Directory.TryReadEnd() is null)
        {
            // Without an announcement no agent has run, and without a shim none will.
            if (Directory.TryReadShim() is { } shim)
                Leftovers.Bury(Directory, Spec, shim);
            else
                ExitRecord.Overwrite(Directory.ExitPath, new AttemptEnd(EndState.SpawnFailed, Error: "its shim was killed before it started anything", EndedAt: _timeProvider.GetUtcNow()));
            CrashPoint.Hit("attempt.buried");
        }
        return Directory.TryReadEnd();
    }

    private SafeFileHandle? OpenShim() => LivingShim()?.Shim.TryOpen();

    private ShimRecord? LivingShim() =>
        Directory.TryReadShim() is { } shim && string.Equals(shim.BootId, ProcessIdentity.CurrentBoot(), StringComparison.Ordinal) ? shim : null;

    private void KillShim()
    {
        using var shim = OpenShim();
        if (shim is not null)
            _ = Libc.pidfd_send_signal(shim, Libc.SIGKILL);
    }

    // Null when the attempt has ended.
    private async Task<ShimReply?> AskAsync(ShimRequest request, CancellationToken cancellationToken)
    {
        byte[] line = [.. ShimProtocol.Write(request), (byte)'\n'];
        if (line.Length > ShimProtocol.MaxRequest)
            throw new CloisterException("attempt.input", $"a line for {Spec.Attempt} is too long: {line.Length} bytes", $"at most {OutputTail.MaxLineLength} bytes fit into one message");
        while (AttemptLock.IsHeld(Directory.LockPath))
        {
            if (LivingShim() is { } shim && await TryAskAsync(shim.Socket, line, cancellationToken) is { } reply)
                return reply;
            await Task.Delay(Look, _timeProvider, cancellationToken);
        }
        return null;
    }

    private static async Task<ShimReply?> TryAskAsync(string path, byte[] request, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(request, cancellationToken);
            using var reader = new StreamReader(stream);
            return await reader.ReadLineAsync(cancellationToken) is { } line
                ? ShimProtocol.ReadReply(line)
                : null;
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return null;
        }
    }
}
