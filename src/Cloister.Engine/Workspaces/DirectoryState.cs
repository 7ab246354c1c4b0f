namespace Cloister.Workspaces;

/// <summary>What is found where a workspace should be.</summary>
internal enum DirectoryState
{
    Present,
    Missing,

    /// <summary>A link or a file: following it would reach what is not ours.</summary>
    Replaced,
}

internal static class DirectoryStates
{
    extension(DirectoryState)
    {
        public static DirectoryState Of(string path)
        {
            var directory = new DirectoryInfo(path);
            if (directory.LinkTarget is not null || File.Exists(path))
                return DirectoryState.Replaced;
            return directory.Exists ? DirectoryState.Present : DirectoryState.Missing;
        }
    }
}
