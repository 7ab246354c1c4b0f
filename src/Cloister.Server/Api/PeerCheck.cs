using System.Buffers.Binary;
using Cloister.Processes;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Cloister.Server.Api;

/// <summary>Hangs up on everybody who is not this user. The socket's folder already keeps them out; a mistake there must not be enough.</summary>
internal static partial class PeerCheck
{
    // struct ucred: pid, uid, gid.
    private const int CredentialsSize = 12, UidOffset = 4, SocketLevel = 1, PeerCredentials = 17;

    public static ConnectionDelegate Wrap(ConnectionDelegate next, ILogger logger) => connection =>
    {
        var peer = PeerOf(connection);
        if (peer == OwnedFolder.CurrentUser)
            return next(connection);
        LogRefused(logger, peer);
        connection.Abort();
        return Task.CompletedTask;
    };

    private static uint? PeerOf(ConnectionContext connection)
    {
        if (!OperatingSystem.IsLinux())
            throw Platform.Unsupported("Checking who is on the other end of a socket");
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
            return null;
        Span<byte> credentials = stackalloc byte[CredentialsSize];
        return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == CredentialsSize
            ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[UidOffset..])
            : null;
    }

    [LoggerMessage(EventId = 502, EventName = "api.refused", Level = LogLevel.Warning, Message = "a connection of user {Uid} was refused")]
    private static partial void LogRefused(ILogger logger, uint? uid);
}
