using Cloister.Processes;

namespace Cloister.Tests.Processes;

/// <summary>A process that has nothing to do with any attempt.</summary>
internal sealed class Bystander : IDisposable
{
    private readonly int _pid;

    public Bystander()
    {
        using var nothing = Descriptor.Open("/dev/null", Libc.O_RDWR);
        _pid = new Spawn("/bin/sleep", ["300"], new Dictionary<string, string>(), "/", SpawnGroup.OwnSession).Start(nothing, nothing, nothing);
        Identity = ProcessIdentity.Of(_pid)!.Value;
    }

    public ProcessIdentity Identity { get; }

    public void Dispose()
    {
        Identity.Signal(Libc.SIGKILL);
        ExitStatus.Reap(_pid);
    }
}
