using System.Text;

namespace Cloister.Server.Mcp.Documents;

/// <summary>Parts of a unified diff by their files.</summary>
internal static class PatchSections
{
    private const string Head = "diff --git ";

    /// <summary>Only the sections of these files.</summary>
    public static string Of(string patch, IEnumerable<string> paths)
    {
        var wanted = paths.ToList();
        var (kept, keep) = (new StringBuilder(), false);
        foreach (var line in patch.Split('\n'))
        {
            // A line of content begins with a blank, a plus or a minus: only git's own line can begin so.
            if (line.StartsWith(Head, StringComparison.Ordinal))
                keep = wanted.Any(path => line.EndsWith($" b/{path}", StringComparison.Ordinal) || line.EndsWith($"b/{path}\"", StringComparison.Ordinal));
            if (keep)
                kept.Append(line).Append('\n');
        }
        return kept.ToString();
    }
}
