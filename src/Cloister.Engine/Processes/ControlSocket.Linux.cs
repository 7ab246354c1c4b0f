using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>The unix socket of a shim. Only the same user may speak to it.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class ControlSocket : IDisposable
{
    private const int AddressSize = 110, PathOffset = 2;

    // The engine opens one connection a request and waits for its answer.
    private const int Backlog = 16;

    private ControlSocket(SafeFileHandle handle, string path) => (Handle, Path) = (handle, path);

    /// <summary>Readable when somebody wants to connect.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Where it is in the file system.</summary>
    public string Path { get; }

    /// <summary>Listens under the attempt's own name; what an earlier process left there is removed.</summary>
    public static ControlSocket Listen(string nonce)
    {
        var path = System.IO.Path.Combine(RuntimeDirectory.Ensure(), $"{nonce}.sock");
        File.Delete(path);
        var fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        var handle = fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Descriptor.Failed("cannot make a socket");
        var address = stackalloc byte[AddressSize];
        var bytes = new Span<byte>(address, AddressSize);
        bytes.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Libc.AF_UNIX);
        Encoding.UTF8.GetBytes(path, bytes[PathOffset..^1]);
        if (Libc.bind(handle, address, AddressSize) != 0)
            throw Descriptor.Failed($"cannot listen on {path}");
        // Nobody can connect before listen; the folder is closed to others anyway.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return Libc.listen(handle, Backlog) == 0 ? new ControlSocket(handle, path) : throw Descriptor.Failed($"cannot listen on {path}");
    }

    /// <summary>The next caller of the same user, or null when nobody waits.</summary>
    public ControlClient? TryAccept()
    {
        while (true)
        {
            var fd = Libc.accept4(Handle, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
            if (fd < 0)
                return null;
            var caller = new SafeFileHandle(fd, ownsHandle: true);
            if (IsSameUser(caller))
                return new ControlClient(caller);
            caller.Dispose();
        }
    }

    public void Dispose() => Dispose(keepName: false);

    /// <summary>Stops listening.</summary>
    /// <param name="keepName">True when another one listens under this name by now.</param>
    public void Dispose(bool keepName)
    {
        Handle.Dispose();
        if (!keepName)
            Remove(Path);
    }

    /// <summary>Removes a socket's name; its folder may be gone since a reboot or a clean-up of temporary files.</summary>
    public static void Remove(string path)
    {
        if (File.Exists(path))
            File.Delete(path);
    }

    private static bool IsSameUser(SafeFileHandle caller)
    {
        var credentials = stackalloc int[3];
        var length = (uint)(3 * sizeof(int));
        return Libc.getsockopt(caller, Libc.SOL_SOCKET, Libc.SO_PEERCRED, (byte*)credentials, &length) == 0
            && (uint)credentials[1] == Libc.geteuid();
    }
}
