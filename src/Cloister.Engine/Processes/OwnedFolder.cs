using System.Buffers.Binary;

namespace Cloister.Processes;

/// <summary>A folder that only this user can enter: sockets and locks lie in one, and nobody else may have put it there.</summary>
internal static class OwnedFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // struct statx has one layout on every architecture.
    private const int StatxSize = 256, UidOffset = 20, ModeOffset = 28;
    private const int FolderType = 0x4000, TypeMask = 0xF000;

    /// <summary>Who we are to the system.</summary>
    public static uint CurrentUser => Platform.IsSupported ? Libc.geteuid() : throw Platform.Unsupported("Asking for the current user");

    /// <summary>Makes the folder, and each missing one above it, so that only this user can enter; what is there stays as it is.</summary>
    public static void Create(string path)
    {
        if (Directory.Exists(path))
            return;
        if (Path.GetDirectoryName(path) is { } parent)
            Create(parent);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
    }

    /// <summary>Makes the folder when it is missing, and refuses one that is not safely ours.</summary>
    public static void Ensure(string path)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Looking at the owner of a folder");
        // An existing folder, or a link somebody put there, is left as it is and looked at below.
        Create(path);
        if (Look(path) is not { IsFolder: true, IsOurs: true, IsPrivate: true })
        {
            throw new CloisterException(
                "runtime.directory",
                $"{path} is not a folder that only this user can enter",
                "remove it, or set XDG_RUNTIME_DIR to a folder of your own");
        }
    }

    /// <summary>Makes the folder when it is missing, and refuses a link or somebody else's; others may look into it, as into a checked out one.</summary>
    public static void EnsureOurs(string path)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Looking at the owner of a folder");
        Create(path);
        if (Look(path) is not { IsFolder: true, IsOurs: true })
            throw new CloisterException("state.directory", $"{path} is not a folder of this user's own", "remove it");
    }

    /// <summary>What stands under the name, links not followed; null when nothing does.</summary>
    public static unsafe (bool IsFolder, bool IsOurs, bool IsPrivate)? Look(string path)
    {
        if (!Platform.IsSupported)
            throw Platform.Unsupported("Looking at the owner of a folder");
        var result = stackalloc byte[StatxSize];
        if (Libc.statx(Libc.AT_FDCWD, path, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, result) != 0)
            return null;
        var fields = new ReadOnlySpan<byte>(result, StatxSize);
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(fields[ModeOffset..]);
        var owner = BinaryPrimitives.ReadUInt32LittleEndian(fields[UidOffset..]);
        return ((mode & TypeMask) == FolderType, owner == Libc.geteuid(), (mode & 0b000_111_111) == 0);
    }
}
