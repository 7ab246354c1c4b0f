using Cloister.Processes;

namespace Cloister.Tests.Processes;

/// <summary>A process that has nothing to do with any attempt.</summary>
internal sealed class Bystander : IDisposable
{
    private readonly int _pid;

    /// <param name="folder">Where it happens to stand.</param>
    public Bystander(string folder = "/")
    {
        using var nothing = Descriptor.Open("/dev/null", Libc.O_RDWR);
        _pid = new Spawn("/bin/sleep", ["300"], new Dictionary<string, string>(), folder, SpawnGroup.OwnSession).Start(nothing, nothing, nothing);
        Identity = ProcessIdentity.Of(_pid)!.Value;
    }

    public ProcessIdentity Identity { get; }

    public void Dispose()
    {
        Identity.Signal(Libc.SIGKILL);
        ExitStatus.Reap(_pid);
    }
}
