using Cloister.Agents;
using Cloister.Plans;
using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>What a run takes from outside: the project and its base commit, the agents' definitions, the project's own instructions.</summary>
/// <param name="git">How repositories are looked at.</param>
/// <param name="home">The user's home folder, where agents of theirs are; null when there is none.</param>
/// <param name="config">The user's configuration of Cloister, where specialists of theirs are; null when there is none.</param>
internal sealed class RunSources(Git git, string? home, string? config = null)
{
    /// <returns>Where the work comes from, and what people should know about working there.</returns>
    /// <exception cref="CloisterException"><c>workspace.*</c>, <c>git.*</c>: the project cannot be worked on, in plain words and before any spend.</exception>
    public async Task<(RunSource Source, IReadOnlyList<string> Notices)> ResolveAsync(StartRun request, CancellationToken cancellationToken)
    {
        var repository = await GitRepository.FindAsync(git, request.Project, cancellationToken);
        if (repository is not null)
        {
            var source = request.Plan.Base is { } named
                ? new RunSource(repository.Root, named, await repository.ResolveAsync(named, cancellationToken))
                : new RunSource(repository.Root, await repository.HeadBranchAsync(cancellationToken), repository.HeadCommit);
            return (source, await repository.NoticesAsync(cancellationToken));
        }
        return request.Plan.Base is null
            ? (new RunSource(request.Project, null, null), [])
            : throw new CloisterException("plan.base", $"the plan names a base, but {request.Project} is not a git repository", "remove base, or run git init and commit");
    }

    /// <summary>The commit that a project's HEAD is at now; null without git.</summary>
    public async Task<string?> HeadAsync(string project, CancellationToken cancellationToken) =>
        (await GitRepository.FindAsync(git, project, cancellationToken))?.HeadCommit;

    /// <summary>The agents a plan names, as their files are now: a run is not changed by an edit while it goes on.</summary>
    /// <exception cref="CloisterException"><c>agent.*</c>: an agent is unknown or its file is wrong.</exception>
    public async Task<IReadOnlyDictionary<string, AgentDefinition>> AgentsAsync(Plan plan, string project, CancellationToken cancellationToken)
    {
        var catalog = await AgentCatalog.LoadAsync(project, new UserPlaces(home, config), cancellationToken);
        return plan.Tasks.Select(task => task.Agent).Distinct(StringComparer.Ordinal).ToDictionary(name => name, catalog.Find, StringComparer.Ordinal);
    }

    /// <summary>One agent, as its file is now.</summary>
    /// <exception cref="CloisterException"><c>agent.*</c>: it is unknown or its file is wrong.</exception>
    public async Task<AgentDefinition> AgentAsync(string name, string project, CancellationToken cancellationToken) =>
        (await AgentCatalog.LoadAsync(project, new UserPlaces(home, config), cancellationToken)).Find(name);
}
