using Cloister.Agents;
using Cloister.Plans;

namespace Cloister.Server.Mcp;

/// <summary>The agents of a project, as far as a plan's check has to know them.</summary>
internal static class PlanningAgents
{
    public static PlanAgents ForPlans(this AgentCatalog catalog) =>
        new(catalog.Agents.ToDictionary(agent => agent.Key, agent => WritingTools.MayWrite(agent.Value.Agent), StringComparer.Ordinal));
}
