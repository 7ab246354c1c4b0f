using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Cloister.Claude.Installation;

internal static partial class FileTrust
{
    // linux/stat.h: struct statx, the same on every architecture.
    private const int StatxSize = 256;
    private const int UserOffset = 20;
    private const int GroupOffset = 24;
    private const uint UserAndGroup = 0x18;
    private const int CurrentFolder = -100;

    // Null when the file is gone: nothing to object to, and nothing to run.
    [SupportedOSPlatform("linux")]
    private static (uint User, uint Group)? Owner(string path)
    {
        var stat = new byte[StatxSize];
        return Statx(CurrentFolder, path, 0, UserAndGroup, stat) == 0
            ? (BinaryPrimitives.ReadUInt32LittleEndian(stat.AsSpan(UserOffset)), BinaryPrimitives.ReadUInt32LittleEndian(stat.AsSpan(GroupOffset)))
            : null;
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] stat);
}
