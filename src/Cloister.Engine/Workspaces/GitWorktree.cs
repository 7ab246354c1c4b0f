using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>
/// A branch and a working tree per task, outside of the user's checkout. The user's repository gains refs, objects and a worktree
/// registration; its HEAD, index, configuration and other branches are never touched.
/// </summary>
internal sealed class GitWorktree(Git git, WorkspaceRoot root) : IWorkspaceProvider
{
    public string Kind => "worktree";

    /// <inheritdoc/>
    public async Task<Workspace> PrepareAsync(WorkspaceRequest request, CancellationToken cancellationToken)
    {
        var repository = await FindRepositoryAsync(request.Source, cancellationToken);
        var content = ContentRepository.Over(repository, root);
        var refs = new RefStore(git, repository.Place);
        var (desk, marker, start) = await ClaimAsync(request, repository, content, refs, cancellationToken);
        var created = marker.Stage != WorkspaceStage.Ready;
        if (!created)
            marker = await Intake(repository, desk).SettleAsync(marker, cancellationToken);
        if (created)
        {
            await new Checkout(content).WriteAsync(start, desk.Directory, desk.IndexFile, cancellationToken);
            PublishIndex(desk, marker.GitDirectory!);
            await new WorktreeInclude(content).CopyAsync(repository.Root, desk.Directory, cancellationToken);
            Directory.CreateDirectory(Path.Combine(desk.Directory, repository.Prefix));
            (marker with { Stage = WorkspaceStage.Ready }).Write(desk);
        }
        var path = Path.Combine(desk.Directory, repository.Prefix);
        return new Workspace(Kind, path, marker.Branch, marker.BaseCommit, request.Source, created) { Conflicts = marker.Conflicts };
    }

    /// <inheritdoc/>
    public async Task<Workspace> BringInAsync(Workspace workspace, AttemptRef attempt, WorkspaceRequest request, CancellationToken cancellationToken)
    {
        var (desk, marker) = root.Known(workspace, workspace.Owner ?? attempt.Task, Kind);
        var repository = await FindRepositoryAsync(workspace.Source, cancellationToken);
        var intake = Intake(repository, desk);
        marker = await intake.SettleAsync(marker, cancellationToken);
        var seen = WorkIntake.Seen(workspace, marker, attempt.Task);
        if (await intake.HoldsAsync(marker, request.Needs, cancellationToken))
            return seen;
        var kept = await SnapshotAsync(seen, attempt, $"Before {attempt.Task}\n", cancellationToken);
        return WorkIntake.Seen(seen, await intake.TakeAsync(marker, kept, request, seen.Conflicts, cancellationToken), attempt.Task);
    }

    private WorkIntake Intake(GitRepository repository, WorkspaceDesk desk) => new(
        ContentRepository.Over(repository, root),
        new RefStore(git, repository.Place),
        desk,
        async (marker, cancellationToken) =>
        {
            if ((await new WorktreeHead(repository).ReadAsync(marker.GitDirectory!, cancellationToken)).Branch == TaskRefNames.FullBranch(marker.Branch!))
                PublishIndex(desk, marker.GitDirectory!);
        });

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> UnsettledAsync(Workspace workspace, string commit, CancellationToken cancellationToken) => workspace.Conflicts is { } conflicts
        ? await new ConflictMarkers(ContentRepository.Over(await FindRepositoryAsync(workspace.Source, cancellationToken), root)).LeftInAsync(commit, conflicts, cancellationToken)
        : [];

    /// <inheritdoc/>
    public async Task<WorkSnapshot> SnapshotAsync(Workspace workspace, AttemptRef attempt, string message, CancellationToken cancellationToken)
    {
        var (desk, marker) = root.Known(workspace, workspace.Owner ?? attempt.Task, Kind);
        var repository = await FindRepositoryAsync(workspace.Source, cancellationToken);
        var content = ContentRepository.Over(repository, root);
        var branch = TaskRefNames.FullBranch(marker.Branch!);
        var head = await new WorktreeHead(repository).ReadAsync(marker.GitDirectory!, cancellationToken);
        var captured = await new TreeCapture(content).CaptureWorkspaceAsync(desk, marker.BaseCommit, head.Commit, cancellationToken);
        var keeper = new WorkKeeper(content, new RefStore(git, repository.Place), git.Time);
        var kept = await keeper.KeepAsync(
            new WorkToKeep(attempt, captured?.Tree, workspace.BaseCommit ?? marker.BaseCommit, head.Commit, branch, message), cancellationToken);
        if (captured is not null && head.Branch == branch)
            PublishIndex(desk, marker.GitDirectory!);
        return kept with { NotKept = captured?.NotKept };
    }

    /// <inheritdoc/>
    public async Task<RemovalResult> RemoveAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken)
    {
        var (desk, marker) = root.Known(workspace, task, Kind);
        var repository = await FindRepositoryAsync(workspace.Source, cancellationToken);
        return await new WorkspaceRemoval(root, ContentRepository.Over(repository, root), repository).RemoveAsync(desk, marker, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string?> UnsavedAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken)
    {
        var (desk, marker) = root.Known(workspace, task, Kind);
        var repository = await FindRepositoryAsync(workspace.Source, cancellationToken);
        return await new WorkspaceRemoval(root, ContentRepository.Over(repository, root), repository).UnsavedAsync(desk, marker, cancellationToken);
    }

    // Everything that changes the repository happens under its lock; writing files does not and runs side by side.
    private async Task<(WorkspaceDesk Desk, WorkspaceMarker Marker, string Start)> ClaimAsync(
        WorkspaceRequest request, GitRepository repository, ContentRepository content, RefStore refs, CancellationToken cancellationToken)
    {
        var registration = new WorktreeRegistration(repository);
        using var held = await RepositoryLock.TakeAsync(repository.CommonDirectory, git.Time, cancellationToken);
        var claim = await WorkspaceClaim.FindAsync(
            root, request, repository.CommonDirectory, name => refs.ReadAsync(TaskRefNames.FullBranch(name), cancellationToken));
        var (desk, marker) = (claim.Desk, claim.Marker);
        if (marker is not null && WorkspaceTrash.TakeBack(desk, marker) is { } back)
        {
            var at = await MakeBranchAsync(repository, back, request.RestoreFrom ?? back.BaseCommit, refs, cancellationToken);
            return (desk, await ReviveAsync(desk, back, at, registration, content, cancellationToken), at);
        }
        if (marker?.Stage == WorkspaceStage.Ready && DirectoryState.Of(desk.Directory) != DirectoryState.Missing)
            return (desk, await RejoinAsync(desk, marker, registration, cancellationToken), marker.BaseCommit);

        if (marker?.Stage == WorkspaceStage.Ready)
            await KeepStrayAsync(repository, marker, new History(content), refs, cancellationToken);
        if (marker is null)
        {
            var baseCommit = request.BaseCommit ?? repository.HeadCommit;
            var begin = await new NeededBase(content).BuildAsync(request.Task, baseCommit, request.Needs, request.LayConflicts, cancellationToken);
            marker = new WorkspaceMarker
            {
                InstanceId = root.InstanceId,
                Kind = Kind,
                Task = request.Task,
                Source = request.Source,
                Repository = repository.CommonDirectory,
                Branch = claim.Branch,
                BaseCommit = begin.Commit,
                Conflicts = begin.Conflicts,
                Stage = WorkspaceStage.Preparing,
            };
        }
        marker = marker with { Stage = WorkspaceStage.Preparing };
        marker.Write(desk);
        var start = await MakeBranchAsync(repository, marker, request.RestoreFrom ?? marker.BaseCommit, refs, cancellationToken);
        marker = marker with { GitDirectory = await EnsureRegisteredAsync(desk, marker, registration, cancellationToken) };
        marker.Write(desk);
        return (desk, marker, start);
    }

    private static async Task<string> EnsureRegisteredAsync(
        WorkspaceDesk desk, WorkspaceMarker marker, WorktreeRegistration registration, CancellationToken cancellationToken)
    {
        var isPresent = DirectoryState.Of(desk.Directory) == DirectoryState.Present;
        if (isPresent && registration.Find(desk.Directory) is { } known && WorktreeRegistration.IsLinked(desk.Directory, known))
            return known;
        // Half made and never seen by an agent: its marker says so.
        if (isPresent)
            await TreeDeletion.DeleteAsync(desk.Directory, cancellationToken);
        return await registration.AddAsync(desk.Directory, marker.Branch!, $"cloister {marker.Task} works here", cancellationToken);
    }

    // An agent has worked here: files stay as they are, only the ties to the repository are mended.
    private static async Task<WorkspaceMarker> RejoinAsync(
        WorkspaceDesk desk, WorkspaceMarker marker, WorktreeRegistration registration, CancellationToken cancellationToken)
    {
        if (registration.Find(desk.Directory) is not { } known)
        {
            marker = marker with { GitDirectory = await registration.AdoptAsync(desk.Directory, marker.Branch!, $"cloister {marker.Task} works here", cancellationToken) };
            marker.Write(desk);
            return marker;
        }
        if (!WorktreeRegistration.IsLinked(desk.Directory, known) && !Directory.Exists(Path.Combine(desk.Directory, ".git")))
            await WorktreeRegistration.LinkAsync(desk.Directory, known, cancellationToken);
        if (ProcessesInside.Find(desk.Directory) is { Count: 0 })
        {
            // Left by an agent that was killed in the middle of a commit; the next one could not commit at all.
            File.Delete(Path.Combine(known, "index.lock"));
            File.Delete(Path.Combine(known, "HEAD.lock"));
        }
        return marker;
    }

    // Out of the trash: the files are as they were, and git has to be told again which of them it knows.
    private static async Task<WorkspaceMarker> ReviveAsync(
        WorkspaceDesk desk, WorkspaceMarker marker, string commit, WorktreeRegistration registration, ContentRepository content, CancellationToken cancellationToken)
    {
        marker = await RejoinAsync(desk, marker, registration, cancellationToken);
        await content.Git.RunAsync(content.Place with { IndexFile = desk.IndexFile }, GitCommand.Bulk("read-tree", commit), cancellationToken);
        PublishIndex(desk, marker.GitDirectory!);
        return marker;
    }

    // The directory is gone and its registration goes too: a commit that only its detached HEAD names would go with it.
    private static async Task KeepStrayAsync(
        GitRepository repository, WorkspaceMarker marker, History history, RefStore refs, CancellationToken cancellationToken)
    {
        if (marker.GitDirectory is null || (await new WorktreeHead(repository).ReadAsync(marker.GitDirectory, cancellationToken)).Commit is not { } head)
            return;
        var branchAt = await refs.ReadAsync(TaskRefNames.FullBranch(marker.Branch!), cancellationToken);
        if (branchAt is null || !await history.IsAncestorAsync(head, branchAt, cancellationToken))
            await refs.EnsureAsync(TaskRefNames.Stray(marker.Task, head), head, cancellationToken);
    }

    // What can be wrong is looked for when it is: a missing base, or a branch in the place of our folder of branches.
    private static async Task<string> MakeBranchAsync(
        GitRepository repository, WorkspaceMarker marker, string commit, RefStore refs, CancellationToken cancellationToken)
    {
        try
        {
            return await refs.EnsureAsync(TaskRefNames.FullBranch(marker.Branch!), commit, cancellationToken);
        }
        catch (CloisterException failed)
        {
            await repository.ResolveAsync(commit, cancellationToken);
            foreach (var occupied in (string[])["cloister", $"cloister/{marker.Task.Run}"])
            {
                if (await refs.ReadAsync(TaskRefNames.FullBranch(occupied), cancellationToken) is not null)
                    throw new CloisterException(
                        "workspace.branch", $"a branch named {occupied} is in the way of {marker.Branch}", $"rename it: git branch -m {occupied} another-name", failed);
            }
            throw;
        }
    }

    private async Task<GitRepository> FindRepositoryAsync(string source, CancellationToken cancellationToken) =>
        await GitRepository.FindAsync(git, source, cancellationToken)
        ?? throw new CloisterException("workspace.no_repository", $"{source} is not in a git repository", "use workspace: directory, or git init and commit");

    // The agent's own view of what is committed follows, or its next git status would show its work as undone.
    private static void PublishIndex(WorkspaceDesk desk, string gitDirectory)
    {
        var index = Path.Combine(gitDirectory, "index");
        if (!Directory.Exists(gitDirectory) || File.Exists(index + ".lock"))
            return;
        File.Copy(desk.IndexFile, index + ".draft", overwrite: true);
        File.Move(index + ".draft", index, overwrite: true);
    }
}
