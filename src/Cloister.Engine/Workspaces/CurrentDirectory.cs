using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>
/// The project folder as it is, for agents that only read or that were told to work there. In git what they changed is kept on a
/// ref; index, HEAD and branches are not touched, and nothing is ever removed.
/// </summary>
internal sealed class CurrentDirectory(Git git, WorkspaceRoot root) : IWorkspaceProvider
{
    /// <summary>What its workspaces say they are, in journals too.</summary>
    public const string Word = "current";

    public string Kind => Word;

    /// <inheritdoc/>
    public async Task<Workspace> PrepareAsync(WorkspaceRequest request, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(request.Source))
            throw new CloisterException("workspace.missing", $"{request.Source} does not exist", "run in the project folder");
        if (await GitRepository.FindAsync(git, request.Source, cancellationToken) is not { } repository)
            return new Workspace(Kind, request.Source, null, null, request.Source, Created: false);

        var content = ContentRepository.Over(repository, root);
        await RefuseMissingNeedsAsync(request, repository, content, cancellationToken);
        var refs = new RefStore(git, repository.Place);
        var name = TaskRefNames.Before(request.Task);
        // The user's own uncommitted changes are part of what was there before, not of what the agent did.
        var before = await refs.ReadAsync(name, cancellationToken)
            ?? await refs.EnsureAsync(name, await CommitAsIsAsync(request.Task, repository, content, cancellationToken), cancellationToken);
        return new Workspace(Kind, request.Source, null, before, request.Source, Created: false);
    }

    /// <inheritdoc/>
    public async Task<Workspace> BringInAsync(Workspace workspace, AttemptRef attempt, WorkspaceRequest request, CancellationToken cancellationToken)
    {
        // Nobody but its person brings anything into a project folder.
        if (request.Needs.Count > 0 && await GitRepository.FindAsync(git, request.Source, cancellationToken) is { } repository)
            await RefuseMissingNeedsAsync(request, repository, ContentRepository.Over(repository, root), cancellationToken);
        return workspace;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> UnsettledAsync(Workspace workspace, string commit, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <inheritdoc/>
    public async Task<WorkSnapshot> SnapshotAsync(Workspace workspace, AttemptRef attempt, string message, CancellationToken cancellationToken)
    {
        if (workspace.BaseCommit is null || await GitRepository.FindAsync(git, workspace.Source, cancellationToken) is not { } repository)
            return new WorkSnapshot(null, null, 0, 0, 0);
        var content = ContentRepository.Over(repository, root);
        var captured = await CaptureAsync(repository, content, cancellationToken);
        var keeper = new WorkKeeper(content, new RefStore(git, repository.Place), git.Time);
        var kept = await keeper.KeepAsync(
            new WorkToKeep(attempt, captured.Tree, workspace.BaseCommit, repository.HeadCommit, null, message), cancellationToken);
        return kept with { NotKept = captured.NotKept };
    }

    /// <inheritdoc/>
    public Task<string?> UnsavedAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken) =>
        Task.FromResult<string?>($"{workspace.Path} is the project folder itself");

    /// <inheritdoc/>
    public async Task<RemovalResult> RemoveAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken) =>
        new(false, await UnsavedAsync(workspace, task, cancellationToken));

    private async Task<string> CommitAsIsAsync(TaskRef task, GitRepository repository, ContentRepository content, CancellationToken cancellationToken)
    {
        var history = new History(content);
        var captured = await CaptureAsync(repository, content, cancellationToken);
        return await history.TreeOfAsync(repository.HeadCommit, cancellationToken) == captured.Tree
            ? repository.HeadCommit
            : await history.CommitAsync(
                captured.Tree, [repository.HeadCommit], $"The project folder before {task}\n", git.Time.GetUtcNow(), cancellationToken);
    }

    // One index for the folder, whichever task asks: only the first capture reads every file.
    private async Task<CapturedTree> CaptureAsync(GitRepository repository, ContentRepository content, CancellationToken cancellationToken)
    {
        var index = Path.Combine(content.Place.GitDirectory, $"current-{WorkspaceRoot.ShortHash(repository.Root)}");
        return await new TreeCapture(content).CaptureAsync(repository.Root, index, repository.HeadCommit, cancellationToken);
    }

    private static async Task RefuseMissingNeedsAsync(
        WorkspaceRequest request, GitRepository repository, ContentRepository content, CancellationToken cancellationToken)
    {
        var history = new History(content);
        foreach (var need in request.Needs)
        {
            if (!await history.IsAncestorAsync(need.Commit, repository.HeadCommit, cancellationToken))
                throw new CloisterException(
                    "workspace.current", $"{request.Task} works in the project folder, which does not hold the work of {need.Task} that it needs",
                    "use workspace: worktree, or after instead of needs");
        }
    }
}
