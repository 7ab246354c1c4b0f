using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

internal static partial class Shim
{
    private static int RunOnLinux(AttemptDirectory directory)
    {
        using var signals = new ShimSignals();
        using var held = AttemptLock.TryTake(directory.LockPath);
        if (held is null)
            return LockHeld;
        CrashPoint.Hit("shim.locked");
        if (directory.TryReadEnd() is not null)
            return AlreadyEnded;
        var spec = directory.TryReadSpec()
            ?? throw new CloisterException("attempt.damaged", $"{directory.Path} holds no attempt");
        if (directory.TryReadShim() is { } previous)
        {
            Leftovers.Bury(directory, spec, previous);
            return Abandoned;
        }
        RunAgent(directory, spec, signals);
        return Recorded;
    }

    private static void RunAgent(AttemptDirectory directory, AttemptSpec spec, ShimSignals signals)
    {
        var startedAt = TimeProvider.System.GetUtcNow();
        _ = Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        // Who cannot be tagged is still found by the environment, and by us as the adopter of all orphans.
        _ = spec.Tag?.Take();
        using var control = ControlSocket.Listen(spec.Nonce);
        var self = ProcessIdentity.Of(Libc.getpid())!.Value;
        var record = new ShimRecord(ProcessIdentity.CurrentBoot(), self, control.Path, startedAt, Agent: null);
        AttemptEnd end;
        try
        {
            directory.WriteShim(record, Durability.Full);
            CrashPoint.Hit("shim.announced");
            var (agent, input, outputs) = Start(directory, spec);
            record = record with { Agent = agent };
            CrashPoint.Hit("shim.spawned");
            using var loop = new ShimLoop(directory, spec, record, input, outputs, control, signals);
            TellStarter();
            end = loop.Run();
            CrashPoint.Hit("shim.ended");
        }
#pragma warning disable CA1031 // The edge of the process: whatever a shim fails at, its agent must not outlive it, nor end unrecorded.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            end = new AttemptEnd(record.Agent is null ? EndState.SpawnFailed : EndState.Unknown, Error: failure.Message);
        }
        var survivors = Sweep(spec, self);
        CrashPoint.Hit("shim.swept");
        ExitRecord.Overwrite(directory.ExitPath, end with { StartedAt = startedAt, EndedAt = TimeProvider.System.GetUtcNow(), Survivors = survivors });
        CrashPoint.Hit("shim.recorded");
    }

    private static (ProcessIdentity Agent, SafeFileHandle Input, SafeFileHandle[] Outputs) Start(AttemptDirectory directory, AttemptSpec spec)
    {
        const int append = Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND;
        var output = Descriptor.Open(directory.OutputPath, append);
        var error = Descriptor.Open(directory.ErrorPath, append);
        var (inputEnd, input) = Descriptor.Pipe();
        using (inputEnd)
        {
            Descriptor.MakeNonBlocking(input);
            CheckStamp(spec);
            var spawn = new Spawn(spec.Executable, spec.Arguments, ShimEnvironment.OfAgent(spec), spec.WorkingDirectory, SpawnGroup.OwnGroup);
            // A child that is not reaped keeps its row: it cannot be missed.
            var agent = ProcessIdentity.Of(spawn.Start(inputEnd, output, error))!.Value;
            return (agent, input, [output, error]);
        }
    }

    // Between the check and this moment lies a commit, or the life of an engine: time enough for an update.
    private static void CheckStamp(AttemptSpec spec)
    {
        if (spec.ExecutableStamp is { } stamp && FileStamp.Of(spec.Executable) is { } now && now != stamp)
            throw new CloisterException("process.changed", $"the program {spec.Executable} was replaced after it was checked", "the next attempt checks the new one");
    }

    private static string? Sweep(AttemptSpec spec, ProcessIdentity self)
    {
        var survivors = new ProcessTree(spec.Marker) { Tag = spec.Tag, Reaper = self.Pid, Since = self.StartTicks }.Kill();
        while (ExitStatus.TryReap(null) is not null)
        {
            // Orphans of the agent that came to us.
        }
        return ProcessTree.Describe(survivors);
    }

    // Whoever started this process waits for a line, or for its end. The runtime keeps copies of the descriptor: closing says nothing.
    private static void TellStarter()
    {
        using var output = new SafeFileHandle(1, ownsHandle: false);
        Descriptor.Write(output, "started\n"u8);
        using var nothing = Descriptor.Open("/dev/null", Libc.O_WRONLY);
        _ = Libc.dup2((int)nothing.DangerousGetHandle(), 1);
    }
}
