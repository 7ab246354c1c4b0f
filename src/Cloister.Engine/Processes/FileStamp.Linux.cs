using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.Versioning;

namespace Cloister.Processes;

internal static partial class FileStamp
{
    // struct statx has one layout on every architecture.
    private const int StatxSize = 256, InodeOffset = 32, SizeOffset = 40, ModifiedOffset = 112, DeviceOffset = 136;

    [SupportedOSPlatform("linux")]
    private static unsafe string? OfOnLinux(string path)
    {
        var result = stackalloc byte[StatxSize];
        if (Libc.statx(Libc.AT_FDCWD, path, 0, Libc.STATX_BASIC_STATS, result) != 0)
            return null;
        var fields = new ReadOnlySpan<byte>(result, StatxSize);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Long(fields, DeviceOffset):x}:{Long(fields, InodeOffset)}:{Long(fields, SizeOffset)}:{Long(fields, ModifiedOffset)}.{Int(fields, ModifiedOffset + sizeof(long))}");
    }

    private static long Long(ReadOnlySpan<byte> fields, int offset) => BinaryPrimitives.ReadInt64LittleEndian(fields[offset..]);

    private static int Int(ReadOnlySpan<byte> fields, int offset) => BinaryPrimitives.ReadInt32LittleEndian(fields[offset..]);
}
