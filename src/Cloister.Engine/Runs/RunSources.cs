using Cloister.Agents;
using Cloister.Plans;
using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>What a run takes from outside: the project and its base commit, the agents' definitions, the project's own instructions.</summary>
/// <param name="git">How repositories are looked at.</param>
/// <param name="findAgents">The definitions of the named agents, as they are in the project now.</param>
/// <param name="readInstructions">The instructions that hold in a workspace, as text; empty when there are none.</param>
internal sealed class RunSources(
    Git git,
    Func<string, IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, AgentDefinition>>> findAgents,
    Func<string, CancellationToken, Task<string>> readInstructions)
{
    /// <exception cref="CloisterException"><c>workspace.*</c>, <c>git.*</c>: the project cannot be worked on, in plain words and before any spend.</exception>
    public async Task<RunSource> ResolveAsync(StartRun request, CancellationToken cancellationToken)
    {
        var repository = await GitRepository.FindAsync(git, request.Project, cancellationToken);
        if (repository is not null)
        {
            return request.Plan.Base is { } named
                ? new RunSource(repository.Root, named, await repository.ResolveAsync(named, cancellationToken))
                : new RunSource(repository.Root, repository.HeadBranch, repository.HeadCommit);
        }
        return request.Plan.Base is null
            ? new RunSource(request.Project, null, null)
            : throw new CloisterException("plan.base", $"the plan names a base, but {request.Project} is not a git repository", "remove base, or run git init and commit");
    }

    /// <exception cref="CloisterException"><c>agent.*</c>: an agent is unknown or its file is wrong.</exception>
    public Task<IReadOnlyDictionary<string, AgentDefinition>> AgentsAsync(Plan plan, string project, CancellationToken cancellationToken) =>
        findAgents(project, plan.Tasks.Select(task => task.Agent).Distinct(StringComparer.Ordinal).ToList(), cancellationToken);

    public Task<string> InstructionsAsync(string workspace, CancellationToken cancellationToken) => readInstructions(workspace, cancellationToken);
}
