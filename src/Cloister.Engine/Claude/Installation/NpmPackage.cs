using System.Runtime.InteropServices;

namespace Cloister.Claude.Installation;

/// <summary>Where the npm package keeps its real executable; everything else it installs under the name is a wrapper.</summary>
internal static class NpmPackage
{
    public const string Name = "@anthropic-ai/claude-code";

    // The wrapper, its package, "@anthropic-ai" and "node_modules" lie within this many folders.
    private const int Highest = 6;

    // ELF, Mach-O, its fat form, Windows.
    private static readonly byte[][] Magic = [[0x7F, (byte)'E', (byte)'L', (byte)'F'], [0xCF, 0xFA, 0xED, 0xFE], [0xCA, 0xFE, 0xBA, 0xBE], [(byte)'M', (byte)'Z']];

    /// <summary>The executable that a file or folder leads to, or null when it leads to none.</summary>
    public static string? Resolve(string path)
    {
        if (Directory.Exists(path))
            return InFolder(path);
        if (!File.Exists(path))
            return null;
        var real = Real(path);
        return IsNative(real) ? real : BesideWrapper(real);
    }

    /// <summary>The executable below a folder that npm installed into.</summary>
    public static string? InFolder(string folder) =>
        new[] { folder, Path.Combine(folder, "lib") }
            .SelectMany(_ => Platforms(), (prefix, platform) => Path.Combine(prefix, "node_modules", $"{Name}-{platform}", Executable))
            .FirstOrDefault(File.Exists);

    private static string Executable => OperatingSystem.IsWindows() ? "claude.exe" : "claude";

    private static string Real(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);

    private static string? BesideWrapper(string wrapper)
    {
        var folder = Path.GetDirectoryName(wrapper);
        for (var i = 0; i < Highest && folder is not null; i++, folder = Path.GetDirectoryName(folder))
        {
            if (InFolder(folder) is { } found)
                return found;
        }

        return null;
    }

    private static bool IsNative(string path)
    {
        var head = new byte[4];
        using var file = File.OpenRead(path);
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && Array.Exists(Magic, magic => head.AsSpan().StartsWith(magic));
    }

    private static IEnumerable<string> Platforms()
    {
        var system = OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var platform = $"{system}-{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64")}";
        return RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? [platform + "-musl", platform] : [platform];
    }
}
