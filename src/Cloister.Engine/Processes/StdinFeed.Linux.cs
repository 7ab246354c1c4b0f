using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>
/// The agent's standard input: first the lines prepared with the attempt, then what is sent, each id once. Never blocks on an agent
/// that does not read.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class StdinFeed : IDisposable
{
    private const int ChunkSize = 64 * 1024;

    // What an agent that does not read may make us hold: a few of the longest lines.
    private const long MaxWaiting = 4L * OutputTail.MaxLineLength;

    private readonly SafeFileHandle _pipe;
    private readonly SafeFileHandle _first;
    private readonly SafeFileHandle _delivered;
    private readonly Queue<Line> _waiting = new();
    private readonly Queue<Line> _unrecorded = new();
    private readonly Dictionary<string, Line?> _known = new(StringComparer.Ordinal);
    private ReadOnlyMemory<byte> _chunk;
    private long _firstOffset;
    private long _waitingBytes;
    private long _recordedBytes;
    private bool _closing;

    public StdinFeed(SafeFileHandle pipe, AttemptDirectory directory)
    {
        _pipe = pipe;
        _first = Descriptor.Open(directory.InputPath, Libc.O_RDONLY);
        _delivered = Descriptor.Open(directory.DeliveredPath, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND);
        _recordedBytes = RandomAccess.GetLength(_delivered);
        _chunk = NextOfFirst();
    }

    /// <summary>Writable when the agent has room; null when there is nothing to write.</summary>
    public SafeFileHandle? Pending => IsOpen && (!_chunk.IsEmpty || _waiting.Count > 0 || _closing) ? _pipe : null;

    /// <summary>True while lines can be sent.</summary>
    public bool IsOpen => !_pipe.IsClosed;

    /// <summary>Takes a line; its sender is answered when the agent's pipe has all of it.</summary>
    public void Send(string id, ReadOnlyMemory<byte> text, ControlClient sender)
    {
        if (_known.TryGetValue(id, out var known))
        {
            if (known is null)
                sender.Reply(new ShimReply(Ok: true, Delivered: false));
            else
                known.Senders.Add(sender);
            return;
        }
        byte[] bytes = [.. text.Span, (byte)'\n'];
        if (!IsOpen || _closing)
            sender.Reply(new ShimReply(Ok: false, Error: "closed"));
        else if (_waitingBytes + bytes.Length > MaxWaiting)
            sender.Reply(new ShimReply(Ok: false, Error: "the agent does not read its input"));
        else
        {
            var line = new Line(id, bytes, [sender]);
            _known[id] = line;
            _waiting.Enqueue(line);
            _waitingBytes += bytes.Length;
        }
    }

    /// <summary>Ends the input when everything before has been written.</summary>
    public void Close() => _closing = true;

    /// <summary>Ends the input now.</summary>
    public void Abandon()
    {
        _pipe.Dispose();
        Refuse(_waiting);
        _waitingBytes = 0;
    }

    /// <summary>
    /// Puts on disk what has reached the agent, and then tells its senders: a later engine must not send it to the resumed conversation
    /// again. What a full disk refuses is tried again with the next call, and its senders wait.
    /// </summary>
    public void Record()
    {
        while (_unrecorded.TryPeek(out var line) && TryAppend(DeliveredLine.Write(line.Id, TimeProvider.System.GetUtcNow())))
        {
            CrashPoint.Hit("shim.delivered");
            _unrecorded.Dequeue();
            _known[line.Id] = null;
            foreach (var sender in line.Senders)
                sender.Reply(new ShimReply(Ok: true, Delivered: true));
        }
    }

    /// <summary>Writes what the agent has room for.</summary>
    public void Write()
    {
        while (IsOpen)
        {
            if (_chunk.IsEmpty && !_waiting.TryPeek(out _))
            {
                if (_closing)
                    Abandon();
                return;
            }
            if (_chunk.IsEmpty)
                _chunk = _waiting.Peek().Bytes;
            var written = Descriptor.Write(_pipe, _chunk.Span);
            if (written is null)
                Abandon();
            if (written is null or < 0)
                return;
            _chunk = _chunk[written.Value..];
            if (_chunk.IsEmpty)
                Advance();
        }
    }

    public void Dispose()
    {
        Abandon();
        Record();
        Refuse(_unrecorded);
        _first.Dispose();
        _delivered.Dispose();
    }

    private void Advance()
    {
        if (_firstOffset >= 0)
        {
            _chunk = NextOfFirst();
            return;
        }
        var line = _waiting.Dequeue();
        _waitingBytes -= line.Bytes.Length;
        _unrecorded.Enqueue(line);
        Record();
    }

    private bool TryAppend(ReadOnlySpan<byte> entry)
    {
        try
        {
            if (Descriptor.Write(_delivered, entry) == entry.Length && Libc.fsync(_delivered) == 0)
            {
                _recordedBytes += entry.Length;
                return true;
            }
            // Half a line would swallow the next one.
            RandomAccess.SetLength(_delivered, _recordedBytes);
        }
        catch (IOException)
        {
            // The disk is full.
        }
        return false;
    }

    private void Refuse(Queue<Line> lines)
    {
        foreach (var line in lines)
        {
            _known.Remove(line.Id);
            line.Senders.ForEach(sender => sender.Reply(new ShimReply(Ok: false, Error: "closed")));
        }
        lines.Clear();
    }

    private ReadOnlyMemory<byte> NextOfFirst()
    {
        var buffer = new byte[ChunkSize];
        var count = RandomAccess.Read(_first, buffer, _firstOffset);
        _firstOffset = count == 0 ? -1 : _firstOffset + count;
        return buffer.AsMemory(0, count);
    }

    private sealed record Line(string Id, ReadOnlyMemory<byte> Bytes, List<ControlClient> Senders);
}
