using System.Globalization;
using System.Runtime.Versioning;

namespace Cloister.Processes;

/// <summary>
/// Gives back what only the start of a shim needed. The runtime's code is mapped from its files in large pieces as it is touched,
/// and most of it is never touched again by a process that waits for hours; what is needed comes back by itself.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class ShimMemory
{
    /// <summary>
    /// Unmaps the pages of the runtime's code, compiled and not; private data may have been changed in memory and is left alone, and
    /// so is our own program, which may be replaced on disk.
    /// </summary>
    public static void Settle()
    {
        // A message of megabytes leaves as much garbage behind.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            // 7f2a00000000-7f2a00400000 r-xp 00002000 08:01 1234  /usr/share/dotnet/…/libcoreclr.so
            var isCode = line.Contains(" r-xp ", StringComparison.Ordinal) || line.Contains(" r--s ", StringComparison.Ordinal);
            if (!isCode || !line.Contains(runtime, StringComparison.Ordinal))
                continue;
            var range = line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal));
            var dash = range.IndexOf('-');
            var start = nuint.Parse(range[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            var end = nuint.Parse(range[(dash + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            _ = Libc.madvise(start, end - start, Libc.MADV_DONTNEED);
        }
    }
}
