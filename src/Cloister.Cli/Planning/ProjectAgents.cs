using Cloister.Agents;
using Cloister.Plans;

namespace Cloister.Cli.Planning;

/// <summary>The agents of a project, as far as a plan's check has to know them.</summary>
internal static class ProjectAgents
{
    public static async Task<PlanAgents> LoadAsync(string project, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var catalog = await AgentCatalog.LoadAsync(project, UserPlaces.Of(environment), cancellationToken);
        return new PlanAgents(catalog.Agents.ToDictionary(found => found.Key, found => WritingTools.MayWrite(found.Value.Agent), StringComparer.Ordinal));
    }
}
