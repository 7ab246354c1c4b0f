using Cloister.Agents;

namespace Cloister.Claude.Permissions;

/// <summary>The tools an agent gets. An entry with a pattern, <c>Bash(git log:*)</c>, gives the tool and allows only what matches.</summary>
internal static class ToolSet
{
    // Enough to work, and a quarter of the tokens that the CLI's default set adds to every request.
    private static readonly string[] Coding = ["Bash", "Edit", "Read", "Write"];

    /// <summary>Names of the tools the agent sees.</summary>
    public static IReadOnlyList<string> Names(AgentDefinition agent) =>
        [.. Entries(agent).Select(entry => entry.Split('(')[0]).Distinct(StringComparer.Ordinal)];

    /// <summary>The tools it may use in any way.</summary>
    public static IReadOnlyList<string> WholeTools(AgentDefinition agent) =>
        [.. Entries(agent).Where(entry => !entry.Contains('(', StringComparison.Ordinal))];

    /// <summary>What it may do with the others.</summary>
    public static IEnumerable<PermissionRule> Rules(AgentDefinition agent) =>
        Entries(agent).Where(entry => entry.Contains('(', StringComparison.Ordinal)).Select(PermissionRule.TryParse).OfType<PermissionRule>();

    private static IReadOnlyList<string> Entries(AgentDefinition agent) => agent.Tools ?? Coding;
}
