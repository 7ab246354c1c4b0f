using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Cloister.Runs;

namespace Cloister.Storage;

/// <summary>CRC-32C over a whole event row: SQLite has no checksums of its own, a flipped bit in a page passes its checks.</summary>
internal static class EventChecksum
{
    public static uint Of(RunId run, long position, string at, string type, string body)
    {
        var crc = uint.MaxValue;
        Span<byte> place = stackalloc byte[sizeof(long) * 2];
        BinaryPrimitives.WriteInt64LittleEndian(place, run.Number);
        BinaryPrimitives.WriteInt64LittleEndian(place[sizeof(long)..], position);
        crc = Add(crc, place);
        crc = Add(crc, Encoding.UTF8.GetBytes(at));
        crc = Add(crc, Encoding.UTF8.GetBytes(type));
        return ~Add(crc, Encoding.UTF8.GetBytes(body));
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (var one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        return crc;
    }
}
