namespace Cloister.Processes;

/// <summary>Cuts a stream of bytes into lines, holding at most one line of the permitted length.</summary>
internal sealed class LineSplitter(long offset)
{
    // A read of this size costs little more than one of a page, and holds some hundred lines.
    private const int UsualSize = 256 * 1024;

    private byte[] _buffer = new byte[UsualSize];
    private int _lineStart;
    private int _end;
    private long _lineOffset = offset;
    private long _skipped = -1;

    /// <summary>Where in the stream the next bytes come from.</summary>
    public long ReadOffset => _lineOffset + Math.Max(_skipped, 0) + (_end - _lineStart);

    /// <summary>Where the next bytes go. The lines handed out before are no longer valid.</summary>
    public Span<byte> Room()
    {
        var kept = _buffer.AsSpan(_lineStart, _end - _lineStart);
        var target = _buffer;
        if (kept.Length > _buffer.Length / 2)
            target = new byte[Math.Min(_buffer.Length * 2, OutputTail.MaxLineLength + UsualSize)];
        else if (_buffer.Length > UsualSize && kept.Length < UsualSize / 2)
            target = new byte[UsualSize];
        kept.CopyTo(target);
        (_buffer, _lineStart, _end) = (target, 0, kept.Length);
        return _buffer.AsSpan(_end);
    }

    /// <summary>Takes the bytes that were put into the room: the lines that are complete now.</summary>
    public IReadOnlyList<OutputLine> Add(int count)
    {
        var lines = new List<OutputLine>();
        var from = _end;
        _end += count;
        for (var found = IndexOfEnd(from); found >= 0; found = IndexOfEnd(from))
        {
            lines.Add(Take(found - _lineStart, isHalf: false));
            from = _lineStart = found + 1;
        }
        if (_skipped >= 0 || _end - _lineStart > OutputTail.MaxLineLength)
        {
            _skipped = Math.Max(_skipped, 0) + (_end - _lineStart);
            _lineStart = _end;
        }
        return lines;
    }

    /// <summary>The half line that is left, if any.</summary>
    public IReadOnlyList<OutputLine> Finish() =>
        _skipped >= 0 || _end > _lineStart ? [Take(_end - _lineStart, isHalf: true)] : [];

    private int IndexOfEnd(int from)
    {
        var found = _buffer.AsSpan(from, _end - from).IndexOf((byte)'\n');
        return found < 0 ? -1 : from + found;
    }

    private OutputLine Take(int inBuffer, bool isHalf)
    {
        var length = Math.Max(_skipped, 0) + inBuffer;
        var tooLong = length > OutputTail.MaxLineLength;
        var bytes = tooLong ? default : _buffer.AsMemory(_lineStart, inBuffer);
        var line = new OutputLine(_lineOffset, length, bytes, tooLong, isHalf);
        _lineOffset = line.End;
        _skipped = -1;
        return line;
    }
}
