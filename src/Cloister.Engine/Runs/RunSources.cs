using Cloister.Agents;
using Cloister.Plans;
using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>Settles before a run is accepted what it starts from: the project, the base commit and the agents' definitions.</summary>
internal sealed class RunSources(Git git, AgentCatalogs catalogs)
{
    /// <exception cref="CloisterException"><c>workspace.*</c>, <c>git.*</c>: the project cannot be worked on, in plain words and before any spend.</exception>
    public async Task<RunSource> ResolveAsync(StartRun request, CancellationToken cancellationToken)
    {
        var repository = await GitRepository.FindAsync(git, request.Project, cancellationToken);
        if (repository is null)
        {
            return request.Plan.Base is null
                ? new RunSource(request.Project, null, null)
                : throw new CloisterException("plan.base", $"the plan names a base, but {request.Project} is not a git repository", "remove base, or run git init and commit");
        }
        var commit = await repository.ResolveBaseAsync(request.Plan.Base, cancellationToken);
        return new RunSource(repository.Root, commit.Branch, commit.Commit);
    }

    /// <exception cref="CloisterException"><c>agent.*</c>: an agent is unknown or its file is wrong.</exception>
    public async Task<IReadOnlyDictionary<string, AgentDefinition>> AgentsAsync(Plan plan, string project, CancellationToken cancellationToken)
    {
        var catalog = await catalogs.LoadAsync(project, cancellationToken);
        return plan.Tasks.Select(task => task.Agent).Distinct(StringComparer.Ordinal).ToDictionary(name => name, catalog.Get, StringComparer.Ordinal);
    }
}
