using Cloister.Runs;
using Cloister.Workspaces;

namespace Cloister.Tests.Simulation;

/// <summary>Workspaces that are names only; they see to it that work is kept when nobody writes any more.</summary>
internal sealed class SimulatedWorkspaces(World world, EngineLife life) : IWorkspaceProvider
{
    public string Kind => "directory";

    public async Task<Workspace> PrepareAsync(WorkspaceRequest request, CancellationToken cancellationToken)
    {
        await life.ActAsync($"prepare {request.Task}", cancellationToken);
        if (world.Chance(0.005))
            throw new CloisterException("workspace.conflict", $"the needed work of {request.Task} does not merge");
        await life.ActAsync($"prepare {request.Task}", cancellationToken);
        return new Workspace(Kind, $"/simulated/{request.Task}", Branch: null, BaseCommit: null, request.Source, Created: true);
    }

    public async Task<Workspace> BringInAsync(Workspace workspace, AttemptRef attempt, WorkspaceRequest request, CancellationToken cancellationToken)
    {
        await life.ActAsync($"bring into {attempt}", cancellationToken);
        return workspace;
    }

    public Task<IReadOnlyList<string>> UnsettledAsync(Workspace workspace, string commit, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    public async Task<WorkSnapshot> SnapshotAsync(Workspace workspace, AttemptRef attempt, string message, CancellationToken cancellationToken)
    {
        await life.ActAsync($"keep {attempt}", cancellationToken);
        if (world.Processes.Exists(process => process.Alive && process.Task.Attempt.Task == attempt.Task))
            world.Complain($"the work of {attempt} is kept while an agent still writes it");
        world.Kept.Add(attempt);
        await life.ActAsync($"keep {attempt}", cancellationToken);
        return new WorkSnapshot($"commit-of-{attempt}", $"refs/cloister/{attempt}", attempt.Number % 3, 2, 0);
    }

    public async Task<string?> UnsavedAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken)
    {
        await life.ServeAsync(cancellationToken);
        return world.Processes.Exists(process => process.Alive && process.Task.Attempt.Task == task) ? "an agent works in it" : null;
    }

    public async Task<RemovalResult> RemoveAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken)
    {
        var unsaved = await UnsavedAsync(workspace, task, cancellationToken);
        return new RemovalResult(unsaved is null, unsaved);
    }
}
