namespace Cloister.Agents;

/// <summary>The files of one folder of agents.</summary>
internal static class AgentFolder
{
    // Far more agents than anybody tells apart; a folder with more is not one of agents.
    private const int MostFiles = 500;
    private const int DeepestFolder = 8;

    /// <summary>Markdown files at any depth, in a stable order. Links are not followed: they could lead out of the project.</summary>
    /// <param name="parent">The project, or a folder of the user's.</param>
    /// <param name="relative">The folder of agents in it.</param>
    /// <param name="origin">Whose it is: users may link their own folders together.</param>
    /// <param name="problems">Takes what is wrong with the folder itself.</param>
    public static IReadOnlyList<string> Files(string parent, string relative, AgentOrigin origin, List<AgentFileProblem> problems)
    {
        var folder = Path.Combine(parent, relative);
        if (!Directory.Exists(folder) || LeadsElsewhere(parent, folder, origin))
            return [];
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = DeepestFolder,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden,
        };
        var files = Directory.EnumerateFiles(folder, "*.md", options).Take(MostFiles + 1).ToList();
        if (files.Count <= MostFiles)
            return [.. files.Order(StringComparer.Ordinal)];
        problems.Add(new AgentFileProblem(folder, $"holds more than {MostFiles} files: none of them is read", IsError: true));
        return [];
    }

    private static bool LeadsElsewhere(string parent, string folder, AgentOrigin origin)
    {
        for (var at = folder; at is not null && at.Length > parent.Length; at = Path.GetDirectoryName(at))
        {
            if (new DirectoryInfo(at).LinkTarget is not null)
                return true;
            if (origin == AgentOrigin.User)
                return false;
        }
        return false;
    }
}
