using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// What a shim does about signals: SIGTERM (a shutdown, an impatient person) stops the agent in good order, and the others that
/// would end a process do nothing: a closed terminal is no reason to lose work.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ShimSignals : IDisposable
{
    // HUP INT QUIT PIPE USR1 USR2 ALRM STKFLT TSTP TTIN TTOU XFSZ VTALRM PROF IO PWR
    private static readonly int[] Ignored = [1, 2, 3, 13, 10, 12, 14, 16, 20, 21, 22, 25, 26, 27, 29, 30];

    private readonly PosixSignalRegistration _terminate;

    public ShimSignals()
    {
        var fd = Libc.eventfd(0, Libc.O_CLOEXEC | Libc.O_NONBLOCK);
        Terminated = fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Descriptor.Failed("cannot make an eventfd");
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            Descriptor.Write(Terminated, BitConverter.GetBytes(1UL));
        });
        // After the registration, which sets up handlers of its own.
        foreach (var number in Ignored)
            Libc.signal(number, Libc.SIG_IGN);
    }

    /// <summary>Readable when SIGTERM came.</summary>
    public SafeFileHandle Terminated { get; }

    public void Dispose()
    {
        _terminate.Dispose();
        Terminated.Dispose();
    }
}
