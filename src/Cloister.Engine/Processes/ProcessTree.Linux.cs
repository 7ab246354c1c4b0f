using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// Everything that belongs to one started program: what carries its marker in the environment, and the descendants of all that.
/// A process group alone misses children with a session of their own, a walk over parents alone misses double forks.
/// </summary>
/// <param name="Marker">The variable <c>NAME=value</c> that only this program and its descendants were started with.</param>
[SupportedOSPlatform("linux")]
internal sealed record ProcessTree(string Marker)
{
    // A fork bomb makes new processes while the old ones die; each pass kills a generation.
    private const int MaxPasses = 100;

    // How long a pass waits for one process to die of SIGKILL; only one stuck in the kernel takes longer.
    private const int DyingMilliseconds = 200;

    private readonly byte[] _marker = Encoding.UTF8.GetBytes(Marker);

    /// <summary>A process whose descendants belong to the tree although it does not itself: the subreaper that adopted them.</summary>
    public int? Reaper { get; init; }

    /// <summary>Clock ticks since boot when the program started; what is older needs no look. 0 when not known.</summary>
    public long Since { get; init; }

    /// <summary>The living members now, without our own process.</summary>
    public List<ProcessRow> Members()
    {
        var rows = ProcessTable.Read();
        var own = Libc.getpid();
        var inside = new HashSet<int>();
        foreach (var row in rows)
        {
            if (row.Identity.Pid != own && row.Identity.StartTicks >= Since && !row.IsZombie && ProcessTable.HasVariable(row.Identity.Pid, _marker))
                inside.Add(row.Identity.Pid);
        }
        AddDescendants(rows, inside);
        return rows.FindAll(row => inside.Contains(row.Identity.Pid) && !row.IsZombie && row.Identity.Pid != own);
    }

    /// <summary>Kills until nothing is left; false when something survived every pass.</summary>
    public bool Kill()
    {
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            var members = Members();
            if (members.Count == 0)
                return true;
            KillAll(members);
        }
        return false;
    }

    private static void KillAll(List<ProcessRow> members)
    {
        var dying = new List<SafeFileHandle>();
        foreach (var member in members)
        {
            if (member.Identity.TryOpen() is not { } handle)
                continue;
            dying.Add(handle);
            _ = Libc.pidfd_send_signal(handle, Libc.SIGKILL);
        }
        foreach (var handle in dying)
        {
            Descriptor.Wait(handle, Libc.POLLIN, DyingMilliseconds);
            handle.Dispose();
        }
    }

    // Once for each generation; parents come first in the table as long as numbers do not start again.
    private void AddDescendants(List<ProcessRow> rows, HashSet<int> inside)
    {
        bool found;
        do
        {
            found = false;
            foreach (var row in rows)
            {
                if (row.Parent == Reaper || inside.Contains(row.Parent))
                    found |= inside.Add(row.Identity.Pid);
            }
        }
        while (found);
    }
}
