namespace Cloister.Agents;

/// <summary>The tools by which an agent changes files or runs commands.</summary>
internal static class WritingTools
{
    public static readonly IReadOnlyList<string> Names = ["Bash", "Edit", "MultiEdit", "NotebookEdit", "Write"];

    /// <summary>False only when the agent's definition leaves it no way to change anything. A tool with a pattern counts as the tool.</summary>
    public static bool MayWrite(AgentDefinition agent) =>
        agent.PermissionMode != PermissionModes.Plan
        && Names.Any(tool => (agent.Tools?.Any(entry => entry.Split('(')[0] == tool) ?? true) && !agent.DisallowedTools.Contains(tool, StringComparer.Ordinal));
}
