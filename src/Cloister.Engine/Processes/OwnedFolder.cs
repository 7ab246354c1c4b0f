using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cloister.Processes;

/// <summary>A folder that only this user can enter: sockets and locks lie in one, and nobody else may have put it there.</summary>
internal static unsafe partial class OwnedFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // struct statx has one layout on every architecture.
    private const int StatxSize = 256, UidOffset = 20, ModeOffset = 28, FolderType = 0x4000, TypeMask = 0xF000;
    private const int CurrentDirectory = -100, NoFollow = 0x100, BasicStats = 0x7ff;

    /// <summary>Who we are to the system.</summary>
    public static uint CurrentUser => Platform.IsSupported ? Libc.geteuid() : throw Platform.Unsupported("Asking for the current user");

    /// <summary>Makes the folder when it is missing, closes it to others, and refuses one that belongs to somebody else.</summary>
    public static void Ensure(string path)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Looking at the owner of a folder");
        // What is already there is left as it is, and looked at below without following a link.
        Directory.CreateDirectory(path, OwnerOnly);
        var result = stackalloc byte[StatxSize];
        if (statx(CurrentDirectory, path, NoFollow, BasicStats, result) != 0)
            throw Refused(path);
        var fields = new ReadOnlySpan<byte>(result, StatxSize);
        var isFolder = (BinaryPrimitives.ReadUInt16LittleEndian(fields[ModeOffset..]) & TypeMask) == FolderType;
        if (!isFolder || BinaryPrimitives.ReadUInt32LittleEndian(fields[UidOffset..]) != CurrentUser)
            throw Refused(path);
        File.SetUnixFileMode(path, OwnerOnly);
    }

    private static CloisterException Refused(string path) => new(
        "runtime.directory", $"{path} is not a folder of this user", "remove it, or set XDG_RUNTIME_DIR to a folder of your own");

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* result);
}
