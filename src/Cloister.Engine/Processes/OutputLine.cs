namespace Cloister.Processes;

/// <summary>One line of an agent's output.</summary>
/// <param name="Offset">Where it starts in the file.</param>
/// <param name="Length">Its length in bytes, without its end.</param>
/// <param name="Bytes">Its content, valid until the next batch; empty when it is too long.</param>
/// <param name="IsTooLong">True when it was longer than a line may be and was skipped.</param>
/// <param name="IsHalf">True when the writer died before its end.</param>
internal readonly record struct OutputLine(long Offset, long Length, ReadOnlyMemory<byte> Bytes, bool IsTooLong = false, bool IsHalf = false)
{
    /// <summary>Where the next line starts.</summary>
    public long End => Offset + Length + (IsHalf ? 0 : 1);
}
