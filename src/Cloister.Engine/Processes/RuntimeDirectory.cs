using System.Text;

namespace Cloister.Processes;

/// <summary>
/// The folder for sockets, by one rule for engines and shims: short enough for a socket's address, and nobody else's. Whoever looks for a
/// socket from another environment reads its address where its owner wrote it down.
/// </summary>
internal static class RuntimeDirectory
{
    /// <summary>The longest path of a socket: what sockaddr_un holds with its end.</summary>
    public const int MaxSocketPath = 107;

    // An engine's socket has the longest name: 24 characters of its project, 17 that tell projects apart, and the ending.
    private const int MaxName = 46;

    private const string Name = "cloister";

    private static readonly int MaxSession = MaxSocketPath - MaxName - $"/{Name}/".Length;

    /// <summary><c>$XDG_RUNTIME_DIR/cloister</c> while there is one of ours that fits, else <c>/tmp/cloister-UID</c>.</summary>
    /// <param name="session">The value of XDG_RUNTIME_DIR.</param>
    public static string Of(string? session)
    {
        if (!Platform.IsSupported)
            return Path.Combine(Path.GetTempPath(), Name);
        return session is { Length: > 0 } && Encoding.UTF8.GetByteCount(session) <= MaxSession && OwnedFolder.Look(session) is { IsFolder: true, IsOurs: true }
            ? Path.Combine(session, Name)
            : $"/tmp/{Name}-{OwnedFolder.CurrentUser}";
    }

    /// <summary>The folder of this process, made when missing and refused when it is not safely ours.</summary>
    public static string Ensure()
    {
        var path = Of(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));
        OwnedFolder.Ensure(path);
        return path;
    }

    /// <summary>True for a socket's path that only this user can have put there.</summary>
    public static bool IsTrusted(string socket) =>
        Path.IsPathFullyQualified(socket)
        && Encoding.UTF8.GetByteCount(socket) <= MaxSocketPath
        && OwnedFolder.Look(Path.GetDirectoryName(socket)!) is { IsFolder: true, IsOurs: true, IsPrivate: true };
}
