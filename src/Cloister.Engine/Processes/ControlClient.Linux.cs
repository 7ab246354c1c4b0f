using System.Buffers;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Cloister.Processes;

/// <summary>One connection to a shim: request lines in, reply lines out.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ControlClient(SafeFileHandle handle) : IDisposable
{
    private const int ChunkSize = 16 * 1024;

    private readonly ArrayBufferWriter<byte> _received = new();

    public SafeFileHandle Handle => handle;

    /// <summary>Reads what is there: the whole requests in it, or null when the caller has left or spoken for too long.</summary>
    public List<ShimRequest?>? Read()
    {
        var requests = new List<ShimRequest?>();
        while (true)
        {
            int count;
            try
            {
                count = Descriptor.Read(handle, _received.GetSpan(ChunkSize));
            }
            catch (IOException)
            {
                return null;
            }
            if (count < 0)
                return requests;
            if (count == 0 || _received.WrittenCount > ShimProtocol.MaxRequest)
                return null;
            _received.Advance(count);
            if (_received.WrittenSpan[^count..].Contains((byte)'\n'))
                TakeLines(requests);
        }
    }

    /// <summary>Answers; a caller that does not listen is not waited for.</summary>
    public void Reply(ShimReply reply)
    {
        if (handle.IsClosed)
            return;
        try
        {
            byte[] line = [.. ShimProtocol.Write(reply), (byte)'\n'];
            Descriptor.Write(handle, line);
        }
        catch (IOException)
        {
            // It has gone; what it asked for is done all the same.
        }
    }

    public void Dispose() => handle.Dispose();

    // A line that is not a request is null: it gets an answer too.
    private void TakeLines(List<ShimRequest?> requests)
    {
        var rest = _received.WrittenSpan;
        for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            requests.Add(ShimProtocol.TryReadRequest(rest[..end]));
            rest = rest[(end + 1)..];
        }
        var remaining = rest.ToArray();
        _received.Clear();
        _received.Write(remaining);
    }
}
