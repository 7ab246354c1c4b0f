using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>File descriptors opened past the framework: closed on exec, never blocking, no hidden lock.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class Descriptor
{
    public const int OwnerOnly = 0b110_000_000;

    /// <summary>Opens a file; the framework's own open would take a shared flock on it.</summary>
    public static SafeFileHandle Open(string path, int flags)
    {
        var fd = Retry(() => Libc.open(path, flags | Libc.O_CLOEXEC, OwnerOnly));
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failed($"cannot open {path}");
    }

    /// <summary>A pipe, both ends closed on exec.</summary>
    public static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        var ends = stackalloc int[2];
        if (Libc.pipe2(ends, Libc.O_CLOEXEC) != 0)
            throw Failed("cannot make a pipe");
        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    public static void MakeNonBlocking(SafeFileHandle handle)
    {
        var flags = Libc.fcntl(handle, Libc.F_GETFL, 0);
        if (flags < 0 || Libc.fcntl(handle, Libc.F_SETFL, flags | Libc.O_NONBLOCK) != 0)
            throw Failed("cannot make a descriptor non-blocking");
    }

    /// <summary>Reads what is there: 0 at the end of file, -1 when it would block.</summary>
    public static int Read(SafeFileHandle handle, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var length = buffer.Length;
            while (true)
            {
                var count = Libc.read(handle, start, length);
                if (count >= 0)
                    return (int)count;
                if (Libc.LastError == Libc.EAGAIN)
                    return -1;
                if (Libc.LastError != Libc.EINTR)
                    throw Failed("cannot read");
            }
        }
    }

    /// <summary>Writes what fits: -1 when it would block, null when the reader is gone.</summary>
    public static int? Write(SafeFileHandle handle, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            while (true)
            {
                var count = Libc.write(handle, start, bytes.Length);
                if (count >= 0)
                    return (int)count;
                switch (Libc.LastError)
                {
                    case Libc.EINTR: continue;
                    case Libc.EAGAIN: return -1;
                    case Libc.EPIPE: return null;
                    default: throw Failed("cannot write");
                }
            }
        }
    }

    /// <summary>Blocks until the descriptor is ready; false when the time is up.</summary>
    public static bool Wait(SafeFileHandle handle, short events, int milliseconds)
    {
        var entry = new Libc.PollFd { Fd = (int)handle.DangerousGetHandle(), Events = events };
        return Wait(new Span<Libc.PollFd>(ref entry), milliseconds);
    }

    /// <summary>Blocks until one of the descriptors is ready, a signal came (all untouched) or the time is up (false).</summary>
    public static bool Wait(Span<Libc.PollFd> entries, int milliseconds)
    {
        fixed (Libc.PollFd* start = entries)
        {
            var ready = Libc.poll(start, (nuint)entries.Length, milliseconds);
            if (ready < 0 && Libc.LastError != Libc.EINTR)
                throw Failed("cannot wait for descriptors");
            return ready > 0;
        }
    }

    public static IOException Failed(string what) => new($"{what}: {Libc.Describe(Libc.LastError)}");

    private static int Retry(Func<int> call)
    {
        int result;
        do
            result = call();
        while (result < 0 && Libc.LastError == Libc.EINTR);
        return result;
    }
}
