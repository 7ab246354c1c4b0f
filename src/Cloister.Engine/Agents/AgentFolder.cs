namespace Cloister.Agents;

/// <summary>The files of one <c>agents</c> folder.</summary>
internal static class AgentFolder
{
    // Far more agents than anybody tells apart; a folder with more is not one of agents.
    private const int MostFiles = 500;
    private const int DeepestFolder = 8;

    /// <summary>Markdown files at any depth, in a stable order. Links are not followed: they could lead out of the project.</summary>
    public static IReadOnlyList<string> Files(string folder, List<AgentFileProblem> problems)
    {
        if (!Directory.Exists(folder) || new DirectoryInfo(folder).LinkTarget is not null)
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
}
