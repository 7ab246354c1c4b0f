using System.Net.Sockets;
using System.Text;

namespace Cloister.Cli.Connection;

/// <summary>Reads lines and counted bytes from a socket, with limits.</summary>
internal sealed class ReplyReader(Socket socket, int maxTotal)
{
    private readonly byte[] _buffer = new byte[32 * 1024];
    private int _start;
    private int _end;
    private int _left = maxTotal;

    /// <summary>A line without its end.</summary>
    public string Line(int limit)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end)
                Fill();
            var available = _buffer.AsSpan(_start.._end);
            var newline = available.IndexOf((byte)'\n');
            var part = newline < 0 ? available : available[..newline];
            line.Append(Encoding.Latin1.GetString(part));
            _start += newline < 0 ? available.Length : newline + 1;
            if (line.Length > limit)
                throw new EngineLostException("the engine's answer has an endless line");
            if (newline >= 0)
                return line.ToString().TrimEnd('\r');
        }
    }

    /// <summary>Exactly so many bytes.</summary>
    public void CopyTo(MemoryStream target, int count)
    {
        _left -= count;
        if (_left < 0)
            throw new EngineLostException("the engine's answer is larger than anything it should say");
        while (count > 0)
        {
            if (_start == _end)
                Fill();
            var part = Math.Min(count, _end - _start);
            target.Write(_buffer, _start, part);
            _start += part;
            count -= part;
        }
    }

    private void Fill()
    {
        _start = 0;
        _end = socket.Receive(_buffer);
        if (_end == 0)
            throw new EngineLostException("the engine went away before it answered");
    }
}
