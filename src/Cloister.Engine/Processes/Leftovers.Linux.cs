using System.Runtime.Versioning;

namespace Cloister.Processes;

/// <summary>What is left of an attempt whose shim died without recording its end.</summary>
[SupportedOSPlatform("linux")]
internal static class Leftovers
{
    /// <summary>
    /// Kills what still lives of it and records its end as unknown. The caller holds the attempt's lock. After a reboot everything
    /// is dead and the numbers belong to others: nothing is signalled.
    /// </summary>
    public static void Bury(AttemptDirectory directory, AttemptSpec spec, ShimRecord shim)
    {
        var rebooted = !string.Equals(shim.BootId, ProcessIdentity.CurrentBoot(), StringComparison.Ordinal);
        var survivors = rebooted ? null : Kill(spec, shim);
        ExitRecord.Overwrite(directory.ExitPath, new AttemptEnd(
            EndState.Unknown,
            Error: rebooted ? "the machine was restarted while it ran" : "its shim was killed",
            StartedAt: shim.StartedAt,
            EndedAt: TimeProvider.System.GetUtcNow(),
            Survivors: survivors));
        ControlSocket.Remove(shim.Socket);
    }

    private static string? Kill(AttemptSpec spec, ShimRecord shim)
    {
        // While the agent lives, its number is also that of its group: members without the marker are in it.
        using var agent = shim.Agent?.TryOpen();
        if (agent is not null)
        {
            _ = Libc.kill(-shim.Agent!.Value.Pid, Libc.SIGKILL);
            _ = Libc.pidfd_send_signal(agent, Libc.SIGKILL);
        }
        return ProcessTree.Describe(new ProcessTree(spec.Marker) { Tag = spec.Tag, Since = shim.Shim.StartTicks }.Kill());
    }
}
