using System.IO.Enumeration;

namespace Cloister.Workspaces;

/// <summary>What the files of a tree take up. Links are not followed; names that cannot be read and files that vanish meanwhile count nothing.</summary>
internal static class TreeSize
{
    private static readonly EnumerationOptions Everything =
        new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    public static long Of(string directory) => Directory.Exists(directory)
        ? new FileSystemEnumerable<long>(directory, (ref entry) => entry.IsDirectory ? 0 : entry.Length, Everything).Sum()
        : 0;
}
