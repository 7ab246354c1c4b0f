using System.Runtime.Versioning;

namespace Cloister.Processes;

/// <summary>
/// The folder for sockets: short enough for a socket's address, gone at logout, and nobody else's.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class RuntimeDirectory
{
    // sockaddr_un has 108 bytes; the longest name put into the folder has 40.
    private const int MaxLength = 60;

    /// <summary><c>$XDG_RUNTIME_DIR/cloister</c> or <c>/tmp/cloister-UID</c>, made when missing and refused when it is not safely ours.</summary>
    public static string Ensure()
    {
        var session = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        var path = session is { Length: > 0 and <= MaxLength } && OwnedFolder.Look(session) is { IsFolder: true, IsOurs: true }
            ? Path.Combine(session, "cloister")
            : $"/tmp/cloister-{Libc.geteuid()}";
        OwnedFolder.Ensure(path);
        return path;
    }
}
