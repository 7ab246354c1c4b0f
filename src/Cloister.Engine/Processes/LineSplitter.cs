namespace Cloister.Processes;

/// <summary>Cuts a stream of bytes into lines, holding at most one line of the permitted length.</summary>
internal sealed class LineSplitter(long offset)
{
    // What an agent says between two looks, and small enough to be collected early: there is one for each attempt.
    private const int SmallSize = 32 * 1024;

    // A read of this size costs little more than one of a page, and holds some hundred lines: for who has much to catch up with.
    private const int UsualSize = 256 * 1024;

    private byte[] _buffer = new byte[SmallSize];
    private bool _filled;
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
        var size = SizeFor(kept.Length);
        var target = size == _buffer.Length ? _buffer : new byte[size];
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
        _filled = _end == _buffer.Length;
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

    private int SizeFor(int kept)
    {
        if (kept > _buffer.Length / 2)
            return Math.Min(_buffer.Length * 2, OutputTail.MaxLineLength + UsualSize);
        if (kept >= UsualSize / 2)
            return _buffer.Length;
        if (_filled)
            return UsualSize;
        return kept < SmallSize / 2 ? SmallSize : _buffer.Length;
    }

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
