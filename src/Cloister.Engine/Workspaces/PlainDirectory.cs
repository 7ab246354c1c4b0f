using System.Text;
using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>
/// A fresh folder per task with a copy of the project, for projects without git. A repository of ours under the root keeps the
/// results, so that showing differences, needing other tasks and coming back work as they do with git.
/// </summary>
internal sealed class PlainDirectory(Git git, WorkspaceRoot root) : IWorkspaceProvider
{
    // A copy per task and attempt: beyond this a folder is not a project that one wants to have ten times.
    private const int MaxFiles = 100_000;
    private const long MaxBytes = 4L * 1024 * 1024 * 1024;

    public string Kind => "directory";

    /// <inheritdoc/>
    public async Task<Workspace> PrepareAsync(WorkspaceRequest request, CancellationToken cancellationToken)
    {
        var content = await ContentAsync(request.Source, cancellationToken);
        var refs = new RefStore(git, content.Place);
        var (desk, marker, start) = await ClaimAsync(request, content, refs, cancellationToken);
        var created = marker.Stage != WorkspaceStage.Ready;
        if (!created)
            marker = await new WorkIntake(content, refs, desk).SettleAsync(marker, cancellationToken);
        if (created)
        {
            await new Checkout(content).WriteAsync(start, desk.Directory, desk.IndexFile, cancellationToken);
            await new WorktreeInclude(content).CopyAsync(request.Source, desk.Directory, cancellationToken);
            (marker with { Stage = WorkspaceStage.Ready }).Write(desk);
        }
        return new Workspace(Kind, desk.Directory, null, marker.BaseCommit, request.Source, created) { Conflicts = marker.Conflicts };
    }

    /// <inheritdoc/>
    public async Task<Workspace> BringInAsync(Workspace workspace, AttemptRef attempt, WorkspaceRequest request, CancellationToken cancellationToken)
    {
        var (desk, marker) = root.Known(workspace, workspace.Owner ?? attempt.Task, Kind);
        var content = await ContentAsync(workspace.Source, cancellationToken);
        var intake = new WorkIntake(content, new RefStore(git, content.Place), desk);
        marker = await intake.SettleAsync(marker, cancellationToken);
        var seen = WorkIntake.Seen(workspace, marker, attempt.Task);
        if (await intake.HoldsAsync(marker, request.Needs, cancellationToken))
            return seen;
        var kept = await SnapshotAsync(seen, attempt, $"Before {attempt.Task}\n", cancellationToken);
        return WorkIntake.Seen(seen, await intake.TakeAsync(marker, kept, request, seen.Conflicts, cancellationToken), attempt.Task);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> UnsettledAsync(Workspace workspace, string commit, CancellationToken cancellationToken) => workspace.Conflicts is { } conflicts
        ? await new ConflictMarkers(await ContentAsync(workspace.Source, cancellationToken)).LeftInAsync(commit, conflicts, cancellationToken)
        : [];

    /// <inheritdoc/>
    public async Task<WorkSnapshot> SnapshotAsync(Workspace workspace, AttemptRef attempt, string message, CancellationToken cancellationToken)
    {
        var (desk, marker) = root.Known(workspace, workspace.Owner ?? attempt.Task, Kind);
        var content = await ContentAsync(workspace.Source, cancellationToken);
        var captured = await new TreeCapture(content).CaptureWorkspaceAsync(desk, marker.BaseCommit, committed: null, cancellationToken);
        var keeper = new WorkKeeper(content, new RefStore(git, content.Place), git.Time);
        var kept = await keeper.KeepAsync(
            new WorkToKeep(attempt, captured?.Tree, workspace.BaseCommit ?? marker.BaseCommit, null, TaskRefNames.FullBranch(marker.Branch!), message), cancellationToken);
        return kept with { NotKept = captured?.NotKept };
    }

    /// <inheritdoc/>
    public async Task<RemovalResult> RemoveAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken)
    {
        var (desk, marker) = root.Known(workspace, task, Kind);
        return await new WorkspaceRemoval(root, await ContentAsync(workspace.Source, cancellationToken), repository: null).RemoveAsync(desk, marker, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string?> UnsavedAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken)
    {
        var (desk, marker) = root.Known(workspace, task, Kind);
        return await new WorkspaceRemoval(root, await ContentAsync(workspace.Source, cancellationToken), repository: null).UnsavedAsync(desk, marker, cancellationToken);
    }

    /// <summary>The repository that keeps the work of a folder's tasks.</summary>
    public async Task<ContentRepository> ContentAsync(string source, CancellationToken cancellationToken) =>
        ContentRepository.Own(git, await GitSettings.ReadAsync(git, source, cancellationToken), source, root);

    private async Task<(WorkspaceDesk Desk, WorkspaceMarker Marker, string Start)> ClaimAsync(
        WorkspaceRequest request, ContentRepository content, RefStore refs, CancellationToken cancellationToken)
    {
        var repository = content.Place.GitDirectory;
        using var held = await RepositoryLock.TakeAsync(repository, git.Time, cancellationToken);
        var (desk, branch, marker) = await WorkspaceClaim.FindAsync(
            root, request, repository, name => refs.ReadAsync(TaskRefNames.FullBranch(name), cancellationToken));
        if (marker is not null)
            marker = WorkspaceTrash.TakeBack(desk, marker) ?? marker;
        var isThere = DirectoryState.Of(desk.Directory) != DirectoryState.Missing;
        if (marker?.Stage == WorkspaceStage.Ready && isThere)
            return (desk, marker, marker.BaseCommit);
        if (marker is null)
        {
            // A commit of the project's own repository, where it has one, is in none of ours.
            var baseCommit = await SeedAsync(request, content, refs, cancellationToken);
            var begin = await new NeededBase(content).BuildAsync(request.Task, baseCommit, request.Needs, request.LayConflicts, cancellationToken);
            marker = new WorkspaceMarker
            {
                InstanceId = root.InstanceId,
                Kind = Kind,
                Task = request.Task,
                Source = request.Source,
                Repository = repository,
                Branch = branch,
                BaseCommit = begin.Commit,
                Conflicts = begin.Conflicts,
                Stage = WorkspaceStage.Preparing,
            };
        }
        marker = marker with { Stage = WorkspaceStage.Preparing };
        marker.Write(desk);
        var start = await refs.EnsureAsync(TaskRefNames.FullBranch(marker.Branch!), request.RestoreFrom ?? marker.BaseCommit, cancellationToken);
        // Half made and never seen by an agent: its marker says so.
        if (isThere)
            await TreeDeletion.DeleteAsync(desk.Directory, cancellationToken);
        Directory.CreateDirectory(desk.Directory);
        return (desk, marker, start);
    }

    // All tasks of a run start from the folder as it was when the first of them did.
    private async Task<string> SeedAsync(WorkspaceRequest request, ContentRepository content, RefStore refs, CancellationToken cancellationToken)
    {
        var name = TaskRefNames.RunBase(request.Task.Run);
        if (await refs.ReadAsync(name, cancellationToken) is { } seeded)
            return seeded;
        var index = Path.Combine(content.Place.GitDirectory, "source-index");
        await RefuseLargeAsync(request.Source, content, cancellationToken);
        var captured = await new TreeCapture(content).CaptureAsync(request.Source, index, null, cancellationToken);
        var message = $"The folder as it was when {request.Task.Run} began\n";
        var commit = await new History(content).CommitAsync(captured.Tree, [], message, git.Time.GetUtcNow(), cancellationToken);
        return await refs.EnsureAsync(name, commit, cancellationToken);
    }

    private static async Task RefuseLargeAsync(string source, ContentRepository content, CancellationToken cancellationToken)
    {
        var place = content.Place with { WorkTree = source, IndexFile = Path.Combine(content.Place.GitDirectory, "none") };
        var listing = await content.Git.RunAsync(place, GitCommand.Bulk("ls-files", "-z", "--others", "--exclude-standard"), cancellationToken);
        var (files, bytes) = (0, 0L);
        foreach (var path in listing.Fields)
        {
            var file = new FileInfo(Path.Combine(source, Encoding.UTF8.GetString(path.Span)));
            files++;
            bytes += file is { Exists: true, LinkTarget: null } ? file.Length : 0;
        }
        if (files > MaxFiles || bytes > MaxBytes)
            throw new CloisterException(
                "workspace.too_large", $"{source} has {files} files of {bytes / 1024 / 1024} MB: too much to copy for every task",
                "leave out what can be made again with a .gitignore, use git, or set workspace: current");
    }
}
