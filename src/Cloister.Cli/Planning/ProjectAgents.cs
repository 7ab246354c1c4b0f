using Cloister.Agents;
using Cloister.Plans;

namespace Cloister.Cli.Planning;

/// <summary>The agents of a project, as far as a plan's check has to know them.</summary>
internal static class ProjectAgents
{
    private static readonly string[] Writing = ["Bash", "Edit", "MultiEdit", "NotebookEdit", "Write"];

    public static async Task<PlanAgents> LoadAsync(string project, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var home = environment.GetValueOrDefault("HOME") is { Length: > 0 } given ? given : null;
        var catalog = await AgentCatalog.LoadAsync(project, home, cancellationToken);
        return new PlanAgents(catalog.Agents.ToDictionary(agent => agent.Key, agent => MayWrite(agent.Value), StringComparer.Ordinal));
    }

    private static bool MayWrite(AgentDefinition agent) =>
        agent.PermissionMode != "plan"
        && Writing.Any(tool => (agent.Tools?.Contains(tool, StringComparer.Ordinal) ?? true) && !agent.DisallowedTools.Contains(tool, StringComparer.Ordinal));
}
