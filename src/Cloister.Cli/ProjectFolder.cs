namespace Cloister.Cli;

/// <summary>Which project a command is about: the nearest one around the folder it was called in.</summary>
internal static class ProjectFolder
{
    /// <summary>The nearest folder with a state folder, else the root of the repository, else the folder itself.</summary>
    public static string Find(string folder)
    {
        var around = Around(folder).ToList();
        return around.Find(path => Directory.Exists(Path.Combine(path, StateFolder.FolderName)))
            ?? around.Find(path => Path.Exists(Path.Combine(path, ".git")))
            ?? folder;
    }

    private static IEnumerable<string> Around(string folder)
    {
        for (var path = folder; path is not null; path = Path.GetDirectoryName(path))
            yield return path;
    }
}
