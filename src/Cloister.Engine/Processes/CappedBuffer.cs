using System.Buffers;
using System.Text;

namespace Cloister.Processes;

/// <summary>The first bytes of a stream; the rest is counted as truncated.</summary>
internal sealed class CappedBuffer(int limit)
{
    private readonly ArrayBufferWriter<byte> _kept = new();

    /// <summary>True when bytes were dropped.</summary>
    public bool Truncated { get; private set; }

    /// <summary>What was kept.</summary>
    public ReadOnlyMemory<byte> Bytes => _kept.WrittenMemory;

    /// <summary>What was kept, as text; bytes that are not UTF-8 become replacement characters.</summary>
    public string Text => Encoding.UTF8.GetString(_kept.WrittenSpan);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var room = Math.Min(bytes.Length, limit - _kept.WrittenCount);
        Truncated |= room < bytes.Length;
        _kept.Write(bytes[..room]);
    }
}
