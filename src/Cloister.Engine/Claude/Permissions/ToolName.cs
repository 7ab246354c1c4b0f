using System.Text.RegularExpressions;

namespace Cloister.Claude.Permissions;

/// <summary>Names of tools, as agent files and rules may write them: checked before they come near a command line.</summary>
internal static partial class ToolName
{
    /// <summary>A built-in tool, or <c>mcp__server</c>, <c>mcp__server__tool</c>, <c>mcp__server__*</c>.</summary>
    public static bool IsValid(string name) => Valid().IsMatch(name);

    [GeneratedRegex(@"^(?:[A-Z][A-Za-z0-9]{0,63}|mcp__[A-Za-z0-9_.-]{1,128}(?:__\*)?)\z", RegexOptions.NonBacktracking)]
    private static partial Regex Valid();
}
