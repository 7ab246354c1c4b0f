using System.Runtime.Versioning;

namespace Cloister.Processes;

/// <summary>The seam to the operating system: what it does is in the <c>*.Linux.cs</c> files, and said clearly where it is missing.</summary>
internal static class Platform
{
    /// <summary>True where processes can be run at all.</summary>
    [SupportedOSPlatformGuard("linux")]
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>What a call on another system answers with.</summary>
    public static CloisterException Unsupported(string what) => new(
        "platform.unsupported",
        $"{what} is not there yet on this operating system: it needs Linux (posix_spawn, pidfd, flock, /proc)",
        "run Cloister on Linux, in a container or in WSL");
}
