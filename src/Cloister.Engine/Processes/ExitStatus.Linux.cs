
namespace Cloister.Processes;

/// <summary>How a child of ours ended: with a code, or by a signal.</summary>
/// <param name="Pid">Which child.</param>
/// <param name="ExitCode">Its exit code, or null.</param>
/// <param name="Signal">The signal that ended it, or null.</param>
internal readonly partial record struct ExitStatus(int Pid, int? ExitCode, int? Signal);

internal readonly unsafe partial record struct ExitStatus
{
    // siginfo_t of the kernel on 64-bit machines: code at 8, then a union that starts with pid, uid and status.
    private const int InfoSize = 128, CodeOffset = 8, PidOffset = 16, StatusOffset = 24;

    /// <summary>Takes the exit status of a dead child; null when it (or, with null, every child) still lives or is none of ours.</summary>
    public static ExitStatus? TryReap(int? pid) => Wait(pid, Libc.WEXITED | Libc.WNOHANG);

    /// <summary>Waits for the end of a child that is dying.</summary>
    public static ExitStatus? Reap(int pid) => Wait(pid, Libc.WEXITED);

    private static ExitStatus? Wait(int? pid, int options)
    {
        var info = stackalloc byte[InfoSize];
        new Span<byte>(info, InfoSize).Clear();
        var result = Libc.waitid(pid is null ? Libc.P_ALL : Libc.P_PID, pid ?? 0, info, options);
        var reaped = *(int*)(info + PidOffset);
        if (result != 0 || reaped == 0)
            return null;
        var status = *(int*)(info + StatusOffset);
        var exited = *(int*)(info + CodeOffset) == Libc.CLD_EXITED;
        return new ExitStatus(reaped, exited ? status : null, exited ? null : status);
    }
}
