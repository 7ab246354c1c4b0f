using System.Runtime.Versioning;

namespace Cloister.Processes;

/// <summary>Takes the exit status of children that nobody waits for as a parent, so that none stays as a zombie.</summary>
[SupportedOSPlatform("linux")]
internal static class ChildReaper
{
    /// <summary>Takes over a child of ours.</summary>
    public static void Adopt(int pid)
    {
        if (ProcessIdentity.Of(pid)?.TryOpen() is not { } handle)
            return;
        Readiness.OnReady(handle, Libc.POLLIN, () =>
        {
            _ = ExitStatus.TryReap(pid);
            handle.Dispose();
        });
    }
}
