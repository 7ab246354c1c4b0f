namespace Cloister.Claude.Permissions;

/// <summary>Paths of permission rules: <c>//abs/**</c> is absolute, anything else starts at the workspace.</summary>
internal static class PathPattern
{
    public static bool Covers(string pattern, string path, string workspace)
    {
        if (pattern.StartsWith('~') || pattern.Contains("..", StringComparison.Ordinal))
            return false;
        var absolute = pattern.StartsWith("//", StringComparison.Ordinal);
        var root = absolute ? "" : Path.TrimEndingDirectorySeparator(workspace);
        var full = Path.GetFullPath(path, workspace);
        if (!full.StartsWith(root + "/", StringComparison.Ordinal))
            return false;
        var relative = absolute ? pattern[2..] : pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern.TrimStart('/');
        return Glob.Matches(relative, full[(root.Length + 1)..], starCrossesSlash: false) && !GoesThroughLink(full, root.Length);
    }

    // A link inside the allowed folder could lead anywhere.
    private static bool GoesThroughLink(string path, int rootLength)
    {
        for (var at = path; at is not null && at.Length > Math.Max(rootLength, 1); at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null)
                return true;
        }

        return false;
    }
}
