using System.Text;

namespace Cloister.Workspaces;

/// <summary>
/// Removes a workspace when its work is on a kept ref: looks, takes it away in one rename and looks again. What git ignores is on no ref:
/// with such files in it a workspace goes to the trash, without them it is deleted.
/// </summary>
/// <param name="root">Where workspaces live.</param>
/// <param name="content">What reads its files.</param>
/// <param name="repository">The user's repository, or null where there is no git.</param>
internal sealed class WorkspaceRemoval(WorkspaceRoot root, ContentRepository content, GitRepository? repository)
{
    private readonly RefStore _refs = new(content.Git, repository?.Place ?? content.Place);
    private readonly WorkspaceTrash _trash = new(root, content.Git.Time);

    public async Task<RemovalResult> RemoveAsync(WorkspaceDesk desk, WorkspaceMarker marker, CancellationToken cancellationToken)
    {
        // Reading all files takes as long as it takes: nobody else waits for it.
        if (await UnsavedAsync(desk, marker, cancellationToken) is { } unsaved)
            return new RemovalResult(false, unsaved);
        var (result, worthless) = await TakeAwayAsync(desk, marker, cancellationToken);
        // What is left of it is deleted with the trash.
        if (worthless is not null)
            await TreeDeletion.DeleteAsync(worthless, CancellationToken.None);
        return result;
    }

    /// <summary>What in the workspace is on no kept ref, in words; null when all of it is, or when it is gone.</summary>
    public async Task<string?> UnsavedAsync(WorkspaceDesk desk, WorkspaceMarker marker, CancellationToken cancellationToken)
    {
        if (DirectoryState.Of(desk.Directory) == DirectoryState.Replaced)
            return $"{desk.Directory} is a link or a file, not the directory we made";
        if (marker.Stage == WorkspaceStage.Removed)
            return null;
        var (kept, commits) = await KeptAsync(marker, cancellationToken);
        if (commits is not null)
            return commits;
        if (DirectoryState.Of(desk.Directory) == DirectoryState.Missing || marker.Stage == WorkspaceStage.Preparing)
            return null;
        if (ProcessesInside.Find(desk.Directory) is not { } processes)
            return "this system does not tell whether a process works in it";
        if (processes.Count > 0)
            return $"process {string.Join(", ", processes)} works in it";
        if (await RepositoriesInsideAsync(desk, marker, cancellationToken) is { } repositories)
            return repositories;
        var captured = await new TreeCapture(content).CaptureAsync(desk.Directory, desk.IndexFile, marker.BaseCommit, cancellationToken);
        if (captured.NotKept is { } notKept)
            return notKept;
        var trees = await new History(content).TreesAsync([.. kept.Values, marker.BaseCommit], cancellationToken);
        return trees.Values.Contains(captured.Tree, StringComparer.Ordinal) ? null : "it holds changes that are on no kept ref";
    }

    // Other tasks of the run may have worked here too, and kept it under their own names; that is looked for only where the owner's are not enough.
    private async Task<(IReadOnlyDictionary<string, string> Kept, string? Unkept)> KeptAsync(WorkspaceMarker marker, CancellationToken cancellationToken)
    {
        var own = await _refs.ListAsync([TaskRefNames.KeptFolder(marker.Task)], cancellationToken);
        if (await UnkeptCommitsAsync(marker, own, cancellationToken) is null)
            return (own, null);
        var all = await _refs.ListAsync([TaskRefNames.KeptFolder(marker.Task.Run)], cancellationToken);
        return (all, await UnkeptCommitsAsync(marker, all, cancellationToken));
    }

    private async Task<string?> UnkeptCommitsAsync(WorkspaceMarker marker, IReadOnlyDictionary<string, string> kept, CancellationToken cancellationToken)
    {
        var branchAt = marker.Branch is null ? null : await _refs.ReadAsync(TaskRefNames.FullBranch(marker.Branch), cancellationToken);
        var head = repository is null ? null : (await new WorktreeHead(repository).ReadAsync(marker.GitDirectory!, cancellationToken)).Commit;
        var asked = ((string?[])[head, branchAt]).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        if (asked.Length == 0)
            return null;
        var list = await content.TryAsync(
            GitCommand.Bulk(["rev-list", "--max-count=1", .. asked, "--not", marker.BaseCommit, .. kept.Values]), cancellationToken);
        return list is { Succeeded: true, Output.Length: 0 } ? null : "it holds commits that are on no kept ref";
    }

    // Files of a repository inside are kept, its history is not: that decision is a person's.
    private async Task<string?> RepositoriesInsideAsync(WorkspaceDesk desk, WorkspaceMarker marker, CancellationToken cancellationToken)
    {
        var top = Path.Combine(desk.Directory, ".git");
        if (Directory.Exists(top) || (marker.GitDirectory is not null && File.Exists(top) && !WorktreeRegistration.IsLinked(desk.Directory, marker.GitDirectory)))
            return "its .git was replaced by another repository, whose history is not kept";
        var ignored = (await IgnoredAsync(desk.Directory, desk.IndexFile, cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var options = new EnumerationOptions { RecurseSubdirectories = false, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };
        var pending = new Stack<DirectoryInfo>([new DirectoryInfo(desk.Directory)]);
        while (pending.TryPop(out var directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (directory.FullName != desk.Directory && Path.Exists(Path.Combine(directory.FullName, ".git")))
                return $"{Path.GetRelativePath(desk.Directory, directory.FullName)} is a repository of its own, whose history is not kept";
            foreach (var inner in directory.EnumerateDirectories("*", options))
            {
                if (inner.LinkTarget is null && inner.Name != ".git" && !ignored.Contains(inner.FullName))
                    pending.Push(inner);
            }
        }
        return null;
    }

    // Under the repository's lock, and once begun to its end: half of it would be a directory that nobody knows.
    private async Task<(RemovalResult Result, string? Worthless)> TakeAwayAsync(WorkspaceDesk desk, WorkspaceMarker marker, CancellationToken cancellationToken)
    {
        using var held = await RepositoryLock.TakeAsync(repository?.CommonDirectory ?? content.Place.GitDirectory, content.Git.Time, cancellationToken);
        if (marker.Stage != WorkspaceStage.Removed && (await KeptAsync(marker, cancellationToken)).Unkept is { } commits)
            return (new RemovalResult(false, commits), null);
        string? worthless = null;
        if (DirectoryState.Of(desk.Directory) == DirectoryState.Present)
        {
            var away = _trash.PlaceFor(desk);
            marker = marker with { Trash = away };
            marker.Write(desk);
            Directory.Move(desk.Directory, away);
            if (await ChangedSinceAsync(away, desk.IndexFile))
            {
                Directory.Move(away, desk.Directory);
                return (new RemovalResult(false, "something wrote into it while it was being removed"), null);
            }
            worthless = await HoldsOnlyKeptAsync(away, desk, marker) ? away : null;
        }
        marker = marker with { Stage = WorkspaceStage.Removed, Trash = worthless is null && Directory.Exists(marker.Trash) ? marker.Trash : null };
        marker.Write(desk);
        // The index, and drafts of it that a crash left.
        foreach (var index in Directory.EnumerateFiles(desk.Folder, Path.GetFileName(desk.IndexFile) + "*"))
            File.Delete(index);
        if (repository is not null)
            await new WorktreeRegistration(repository).ForgetAsync(desk.Directory, CancellationToken.None);
        return (new RemovalResult(true, null) { Trash = marker.Trash }, worthless);
    }

    // What is still being made no agent has seen; of what we have no index nobody knows what it is.
    private async Task<bool> HoldsOnlyKeptAsync(string directory, WorkspaceDesk desk, WorkspaceMarker marker) =>
        marker.Stage == WorkspaceStage.Preparing
        || (File.Exists(desk.IndexFile) && !(await IgnoredAsync(directory, desk.IndexFile, CancellationToken.None)).Any());

    private async Task<IEnumerable<string>> IgnoredAsync(string directory, string indexFile, CancellationToken cancellationToken)
    {
        var place = content.Place with { WorkTree = directory, IndexFile = indexFile };
        var command = GitCommand.Bulk("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory");
        var listing = await content.Git.RunAsync(place, command, cancellationToken);
        return listing.Fields.Select(path => Path.Combine(directory, Encoding.UTF8.GetString(path.Span).TrimEnd('/')));
    }

    private async Task<bool> ChangedSinceAsync(string directory, string indexFile)
    {
        if (!File.Exists(indexFile))
            return false;
        var place = content.Place with { WorkTree = directory, IndexFile = indexFile };
        var command = GitCommand.Bulk("ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard");
        return (await content.Git.RunAsync(place, command, CancellationToken.None)).Output.Length > 0;
    }
}
