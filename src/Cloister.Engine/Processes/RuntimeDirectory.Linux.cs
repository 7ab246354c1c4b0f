using System.Buffers.Binary;
using System.Runtime.Versioning;

namespace Cloister.Processes;

/// <summary>
/// The folder for sockets: short enough for a socket's address, gone at logout, and nobody else's.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe class RuntimeDirectory
{
    // sockaddr_un has 108 bytes; the longest name put into the folder has 40.
    private const int MaxLength = 60;

    private const int StatxSize = 256, UidOffset = 20, ModeOffset = 28;
    private const int FolderType = 0x4000, TypeMask = 0xF000;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary><c>$XDG_RUNTIME_DIR/cloister</c> or <c>/tmp/cloister-UID</c>, made when missing and refused when it is not safely ours.</summary>
    public static string Ensure()
    {
        var session = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        var path = session is { Length: > 0 and <= MaxLength } && Look(session) is { IsFolder: true, IsOurs: true }
            ? Path.Combine(session, "cloister")
            : $"/tmp/cloister-{Libc.geteuid()}";
        // An existing folder, or a link somebody put there, is left as it is and looked at below.
        Directory.CreateDirectory(path, OwnerOnly);
        if (Look(path) is not { IsFolder: true, IsOurs: true, IsPrivate: true })
        {
            throw new CloisterException(
                "runtime.directory",
                $"{path} is not a folder that only this user can enter",
                $"remove it, or set XDG_RUNTIME_DIR to a folder of your own");
        }
        return path;
    }

    private static (bool IsFolder, bool IsOurs, bool IsPrivate)? Look(string path)
    {
        var result = stackalloc byte[StatxSize];
        if (Libc.statx(Libc.AT_FDCWD, path, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, result) != 0)
            return null;
        var fields = new ReadOnlySpan<byte>(result, StatxSize);
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(fields[ModeOffset..]);
        var owner = BinaryPrimitives.ReadUInt32LittleEndian(fields[UidOffset..]);
        return ((mode & TypeMask) == FolderType, owner == Libc.geteuid(), (mode & 0b000_111_111) == 0);
    }
}
