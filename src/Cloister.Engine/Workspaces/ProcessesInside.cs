using System.Globalization;

namespace Cloister.Workspaces;

/// <summary>Which live processes work in a directory.</summary>
internal static class ProcessesInside
{
    /// <summary>Process ids whose working directory is the directory or below it; null where the system does not tell.</summary>
    public static IReadOnlyList<int>? Find(string directory)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var found = new List<int>();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && WorkingDirectoryOf(process) is { } at && (at == directory || at.StartsWith(directory + "/", StringComparison.Ordinal)))
            {
                found.Add(id);
            }
        }
        return found;
    }

    private static string? WorkingDirectoryOf(string process)
    {
        try
        {
            return new FileInfo(Path.Combine(process, "cwd")).LinkTarget;
        }
        // It ended meanwhile, or belongs to someone else, who cannot be our agent.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
