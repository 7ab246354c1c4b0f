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

    // At the end, for those that were slow to go.
    private const int LastMilliseconds = 1000;

    // A person looks at the first few and knows.
    private const int MostNamed = 5;

    private readonly byte[] _marker = Encoding.UTF8.GetBytes(Marker);

    /// <summary>A process whose descendants belong to the tree although it does not itself: the subreaper that adopted them.</summary>
    public int? Reaper { get; init; }

    /// <summary>Clock ticks since boot when the program started; what is older needs no look. 0 when not known.</summary>
    public long Since { get; init; }

    /// <summary>A second mark, of those who cleared their environment.</summary>
    public ProcessTag? Tag { get; init; }

    /// <summary>The living members now, without our own process.</summary>
    public List<ProcessRow> Members()
    {
        var rows = ProcessTable.Read();
        var own = Libc.getpid();
        var inside = new HashSet<int>();
        foreach (var row in rows)
        {
            if (row.Identity.Pid != own && row.Identity.StartTicks >= Since && !row.IsZombie && IsMarked(row.Identity.Pid))
                inside.Add(row.Identity.Pid);
        }
        AddDescendants(rows, inside);
        return rows.FindAll(row => inside.Contains(row.Identity.Pid) && !row.IsZombie && row.Identity.Pid != own);
    }

    /// <summary>Kills until nothing is left; what survives is stuck in the kernel, or another user's by now.</summary>
    public IReadOnlyList<ProcessIdentity> Kill()
    {
        // Waited for once: the others must not live on for their sake.
        var slow = new HashSet<ProcessIdentity>();
        List<ProcessRow> members = [];
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            members = Members().FindAll(member => !slow.Contains(member.Identity));
            if (members.Count == 0)
                break;
            KillAll(members, slow);
        }
        return [.. members.Select(member => member.Identity).Concat(slow).Where(IsAliveAfterAll)];
    }

    /// <summary>What to say about survivors; null when there are none.</summary>
    public static string? Describe(IReadOnlyList<ProcessIdentity> survivors) => survivors.Count == 0
        ? null
        : $"could not be killed: process {string.Join(", ", survivors.Take(MostNamed).Select(survivor => survivor.Pid))}{(survivors.Count > MostNamed ? $" and {survivors.Count - MostNamed} more" : "")}";

    private static void KillAll(List<ProcessRow> members, HashSet<ProcessIdentity> slow)
    {
        var dying = new List<(ProcessIdentity Identity, SafeFileHandle Handle)>();
        foreach (var member in members)
        {
            if (member.Identity.TryOpen() is not { } handle)
                continue;
            dying.Add((member.Identity, handle));
            _ = Libc.pidfd_send_signal(handle, Libc.SIGKILL);
        }
        foreach (var (identity, handle) in dying)
        {
            if (!Descriptor.Wait(handle, Libc.POLLIN, DyingMilliseconds))
                slow.Add(identity);
            handle.Dispose();
        }
    }

    private static bool IsAliveAfterAll(ProcessIdentity identity)
    {
        using var handle = identity.TryOpen();
        return handle is not null && !Descriptor.Wait(handle, Libc.POLLIN, LastMilliseconds);
    }

    private bool IsMarked(int pid) => ProcessTable.HasVariable(pid, _marker) || Tag?.IsOn(pid) == true;

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
