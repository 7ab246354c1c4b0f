using System.Text.RegularExpressions;

namespace Cloister.Agents;

/// <summary>Names of tools, as agent files and rules may write them: checked before they come near a command line.</summary>
internal static partial class ToolName
{
    // Longer than any rule a person writes.
    private const int LongestEntry = 1000;

    /// <summary>A built-in tool, or <c>mcp__server</c>, <c>mcp__server__tool</c>, <c>mcp__server__*</c>.</summary>
    public static bool IsValid(string name) => Valid().IsMatch(name);

    /// <summary>A tool, or a tool with a pattern such as <c>Bash(git log:*)</c>.</summary>
    public static bool IsEntry(string entry)
    {
        var open = entry.IndexOf('(', StringComparison.Ordinal);
        return open < 0
            ? IsValid(entry)
            : entry.Length <= LongestEntry && entry[^1] == ')' && entry.Length > open + 2 && IsValid(entry[..open]) && !entry.Any(char.IsControl);
    }

    [GeneratedRegex(@"^(?:[A-Z][A-Za-z0-9]{0,63}|mcp__[A-Za-z0-9_.-]{1,128}(?:__\*)?)\z", RegexOptions.NonBacktracking)]
    private static partial Regex Valid();
}
