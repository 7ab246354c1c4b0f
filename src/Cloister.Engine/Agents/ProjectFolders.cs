namespace Cloister.Agents;

/// <summary>The folders that speak for a project: where the work is, and its parents up to the top of the repository.</summary>
internal static class ProjectFolders
{
    // Deeper than real projects; a bound on walking up.
    private const int Highest = 64;

    /// <summary>From the project's folder upwards, nearest first; without a repository only the folder itself.</summary>
    public static IReadOnlyList<string> Upwards(string project)
    {
        var start = Path.TrimEndingDirectorySeparator(Path.GetFullPath(project));
        var folders = new List<string>();
        for (var folder = start; folder is not null && folders.Count < Highest; folder = Path.GetDirectoryName(folder))
        {
            folders.Add(folder);
            if (IsTop(folder))
                return folders;
        }

        return [start];
    }

    /// <summary>The top of the repository, or the folder itself outside of one.</summary>
    public static string Top(string project) => Upwards(project)[^1];

    // In a worktree ".git" is a file.
    private static bool IsTop(string folder)
    {
        var git = Path.Combine(folder, ".git");
        return Directory.Exists(git) || File.Exists(git);
    }
}
