using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Cloister.Cli.Connection;

/// <summary>What the engine answered.</summary>
internal sealed record Reply(int Status, string? Protocol, byte[] Body);

/// <summary>Nobody listens on the socket: no engine runs, or a dead one left its file.</summary>
internal sealed class EngineAbsentException(Exception inner) : Exception("no engine listens", inner);

/// <summary>The connection broke before the whole answer was there.</summary>
internal sealed class EngineLostException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// One request and its answer over a fresh connection, blocking. The framework's client costs a short command more than the engine's whole
/// work; what HTTP/1.1 asks of this exchange is little.
/// </summary>
internal static class SocketExchange
{
    // The largest answers are runs of a thousand tasks with their prompts.
    private const int MaxBody = 256 * 1024 * 1024;

    private const int MaxHead = 32 * 1024;

    public static Reply Send(string socketPath, string method, string path, ReadOnlySpan<byte> body, string protocolHeader, int protocol, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        // Blocking calls end when their socket is closed.
        using var cancelled = cancellationToken.Register(socket.Dispose);
        try
        {
            Connect(socket, socketPath);
            var head = $"{method} {path} HTTP/1.1\r\nHost: cloister\r\nConnection: close\r\n{protocolHeader}: {protocol}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n";
            SendAll(socket, Encoding.ASCII.GetBytes(head));
            if (!TrySendAll(socket, body) && socket.Available == 0)
                throw new EngineLostException("the engine went away before it had heard everything");
            return Read(new ReplyReader(socket, MaxBody), protocolHeader);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new EngineLostException("the engine went away before it answered", failure);
        }
    }

    private static void Connect(Socket socket, string path)
    {
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable or SocketError.HostNotFound
            || !File.Exists(path))
        {
            throw new EngineAbsentException(failure);
        }
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[socket.Send(bytes)..];
    }

    // An engine that refuses a request does not listen to the rest of it; what it says is there to be read.
    private static bool TrySendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            SendAll(socket, bytes);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Reply Read(ReplyReader reader, string protocolHeader)
    {
        var status = reader.Line(MaxHead).Split(' ');
        if (status.Length < 2 || !status[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || !int.TryParse(status[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            throw new EngineLostException("what listens on the engine's socket does not speak HTTP");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var left = MaxHead; reader.Line(left) is { Length: > 0 } line; left -= line.Length)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
        return new Reply(code, headers.GetValueOrDefault(protocolHeader), Body(reader, headers));
    }

    private static byte[] Body(ReplyReader reader, Dictionary<string, string> headers)
    {
        if (headers.GetValueOrDefault("Transfer-Encoding") is "chunked")
        {
            var body = new MemoryStream();
            while (true)
            {
                var size = reader.Line(MaxHead).Split(';')[0];
                if (!int.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) || length < 0)
                    throw new EngineLostException("the engine's answer is damaged");
                if (length == 0)
                    return body.ToArray();
                reader.CopyTo(body, length);
                reader.Line(2);
            }
        }
        var exact = new MemoryStream();
        if (int.TryParse(headers.GetValueOrDefault("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var known))
            reader.CopyTo(exact, known);
        return exact.ToArray();
    }
}
