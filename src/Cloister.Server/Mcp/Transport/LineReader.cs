using System.Buffers;

namespace Cloister.Server.Mcp.Transport;

/// <summary>A line, or the fact that there was one that nobody can keep.</summary>
internal readonly record struct Line(ReadOnlyMemory<byte> Bytes, bool TooLong);

/// <summary>Reads lines of bytes with a limit: of a longer line nothing is kept, and the next one is read as if it had not been.</summary>
/// <param name="input">Where they come from.</param>
/// <param name="limit">Bytes of a line.</param>
internal sealed class LineReader(Stream input, int limit)
{
    private const int Chunk = 64 * 1024;

    private const byte LineEnd = (byte)'\n';

    private readonly byte[] _chunk = new byte[Chunk];
    private int _start;
    private int _end;

    /// <summary>The next line without its end; null after the last.</summary>
    public async ValueTask<Line?> NextAsync(CancellationToken cancellationToken)
    {
        var (line, length) = (new ArrayBufferWriter<byte>(), 0L);
        while (true)
        {
            if (_start == _end)
            {
                // A read of a pipe cannot be called back; who leaves leaves it behind.
                (_start, _end) = (0, await input.ReadAsync(_chunk, cancellationToken).AsTask().WaitAsync(cancellationToken));
                // What was begun and never ended was cut off: nobody can say what it was to be.
                if (_end == 0)
                    return length == 0 ? null : Whole(line, length);
            }
            var rest = _chunk.AsSpan(_start, _end - _start);
            var at = rest.IndexOf(LineEnd);
            var part = at < 0 ? rest : rest[..at];
            length += part.Length;
            if (length <= limit)
                line.Write(part);
            else
                line = new ArrayBufferWriter<byte>();
            _start += part.Length + (at < 0 ? 0 : 1);
            if (at >= 0)
                return Whole(line, length);
        }
    }

    private Line Whole(ArrayBufferWriter<byte> line, long length) => length > limit ? new Line(default, TooLong: true) : new Line(line.WrittenMemory, TooLong: false);
}
