using System.Globalization;
using System.Numerics;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// The file of a fixed size that says how an attempt ended. It exists before the agent does, so that a full disk cannot keep its
/// end from being written, and carries a checksum, so that half a record is none.
/// </summary>
internal static class ExitRecord
{
    // One page: written in one go.
    private const int Size = 4096;

    // With three bytes a character it still fits.
    private const int MaxErrorLength = 500;

    private const string Head = "crc32c=";
    private const int SumLength = 8;

    // Behind the sum and its NUL.
    private static readonly int SummedFrom = Head.Length + SumLength + 1;

    /// <summary>The record's bytes.</summary>
    public static byte[] Encode(AttemptEnd end)
    {
        var error = end.Error?.Replace('\0', ' ');
        var fitting = end with { Error = error is { Length: > MaxErrorLength } ? error[..MaxErrorLength] : error };
        var bytes = new byte[Size];
        AttemptFormat.Write(fitting).CopyTo(bytes, SummedFrom);
        Encoding.ASCII.GetBytes(Head + Checksum(bytes).ToString("x8", CultureInfo.InvariantCulture), bytes);
        return bytes;
    }

    /// <summary>What the bytes say, or null when they are not a whole record.</summary>
    public static AttemptEnd? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size || !bytes.StartsWith("crc32c="u8))
            return null;
        if (!uint.TryParse(bytes.Slice(Head.Length, SumLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sum) || sum != Checksum(bytes))
            return null;
        return AttemptFormat.ReadEnd(Fields.Read(bytes[SummedFrom..]));
    }

    /// <summary>Writes over the record in place; durable when it returns.</summary>
    public static void Overwrite(string path, AttemptEnd end)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, Encode(end), 0);
        RandomAccess.FlushToDisk(file);
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes[SummedFrom..])
            sum = BitOperations.Crc32C(sum, value);
        return ~sum;
    }
}
