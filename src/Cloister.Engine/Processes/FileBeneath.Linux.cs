using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

internal static partial class FileBeneath
{
    // struct statx has one layout on every architecture.
    private const int StatxSize = 256, LinksOffset = 16, ModeOffset = 28;
    private const int TypeMask = 0xF000, FileType = 0x8000, FolderType = 0x4000;

    [SupportedOSPlatform("linux")]
    private static (SafeFileHandle? File, string? WhyNot) TryOpenOnLinux(string folder, string relative)
    {
        using var root = Descriptor.Open(folder, Libc.O_RDONLY);
        // A name only: opening a pipe or a device for reading would already do something.
        using var name = Libc.OpenBeneath(root, relative, Libc.O_PATH | Libc.O_CLOEXEC);
        if (name.IsInvalid)
            return (null, Explain(Libc.LastError));
        return Look(name) switch
        {
            (FileType, 1) => (Descriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{name.DangerousGetHandle()}"), Libc.O_RDONLY), null),
            // A second name may be a file of somebody else's under which it was put here.
            (FileType, _) => (null, "it has another name elsewhere (a hard link)"),
            (FolderType, _) => (null, "it is a folder"),
            _ => (null, "it is no plain file"),
        };
    }

    [SupportedOSPlatform("linux")]
    internal static bool IsFolder(SafeFileHandle handle) => Look(handle).Type == FolderType;

    // A second name may be a file of somebody else's.
    [SupportedOSPlatform("linux")]
    internal static bool IsPlainFile(SafeFileHandle handle) => Look(handle) is (FileType, 1);

    [SupportedOSPlatform("linux")]
    private static unsafe (int Type, uint Links) Look(SafeFileHandle file)
    {
        var result = stackalloc byte[StatxSize];
        if (Libc.statx((int)file.DangerousGetHandle(), "", Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, result) != 0)
            throw Descriptor.Failed("cannot look at a file");
        var fields = new ReadOnlySpan<byte>(result, StatxSize);
        return (BinaryPrimitives.ReadUInt16LittleEndian(fields[ModeOffset..]) & TypeMask, BinaryPrimitives.ReadUInt32LittleEndian(fields[LinksOffset..]));
    }

    [SupportedOSPlatform("linux")]
    private static string Explain(int error) => error switch
    {
        Libc.ENOENT or Libc.ENOTDIR => "there is no such file",
        Libc.ELOOP => "a link leads to it",
        Libc.EXDEV => "it is outside of the workspace",
        _ => Libc.Describe(error),
    };
}
