using System.Text;
using Cloister.Processes;

namespace Cloister.Workspaces;

/// <summary>
/// Removes a workspace when everything in it is on a kept ref: looks, takes it away in one rename, looks again, and only then deletes.
/// </summary>
internal sealed class WorkspaceRemoval(ContentRepository content, RefStore refs, WorkspaceRoot root)
{
    public async Task<RemovalResult> RemoveAsync(WorkspaceDesk desk, WorkspaceMarker marker, string? head, CancellationToken cancellationToken)
    {
        var state = DirectoryState.Of(desk.Directory);
        if (state == DirectoryState.Replaced)
            return new RemovalResult(false, $"{desk.Directory} is a link or a file, not the directory we made");
        var kept = await refs.ListAsync([TaskRefNames.KeptFolder(marker.Task)], cancellationToken);
        if (marker.Stage != WorkspaceStage.Removed && await UnsavedAsync(desk, marker, head, kept, cancellationToken) is { } unsaved)
            return new RemovalResult(false, unsaved);
        if (state == DirectoryState.Present && await TakeAwayAsync(desk, cancellationToken) is { } inTheWay)
            return new RemovalResult(false, inTheWay);
        (marker with { Stage = WorkspaceStage.Removed }).Write(desk);
        // The index, and drafts of it that a crash left.
        foreach (var index in Directory.EnumerateFiles(desk.Folder, Path.GetFileName(desk.IndexFile) + "*"))
            File.Delete(index);
        return new RemovalResult(true, null);
    }

    /// <summary>What in the workspace is on no kept ref, in words; null when all of it is.</summary>
    public async Task<string?> UnsavedAsync(
        WorkspaceDesk desk, WorkspaceMarker marker, string? head, IReadOnlyDictionary<string, string> kept, CancellationToken cancellationToken)
    {
        var branchAt = marker.Branch is null ? null : await refs.ReadAsync(TaskRefNames.FullBranch(marker.Branch), cancellationToken);
        if (await UnkeptCommitsAsync([head, branchAt], [marker.BaseCommit, .. kept.Values], cancellationToken) is { } commits)
            return commits;
        if (DirectoryState.Of(desk.Directory) == DirectoryState.Missing)
            return null;
        if (marker.Stage == WorkspaceStage.Preparing)
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
        var history = new History(content);
        foreach (var commit in (string[])[.. kept.Values, marker.BaseCommit])
        {
            if (await history.TreeOfAsync(commit, cancellationToken) == captured.Tree)
                return null;
        }
        return "it holds changes that are on no kept ref";
    }

    private async Task<string?> UnkeptCommitsAsync(string?[] heads, string[] kept, CancellationToken cancellationToken)
    {
        var asked = heads.OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        if (asked.Length == 0)
            return null;
        var list = await content.TryAsync(
            GitCommand.Bulk(["rev-list", "--max-count=1", .. asked, "--not", .. kept]), cancellationToken);
        return list is { Succeeded: true, Output.Length: 0 } ? null : "it holds commits that are on no kept ref";
    }

    // Files of a repository inside are kept, its history is not: that decision is a person's.
    private async Task<string?> RepositoriesInsideAsync(WorkspaceDesk desk, WorkspaceMarker marker, CancellationToken cancellationToken)
    {
        var top = Path.Combine(desk.Directory, ".git");
        if (Directory.Exists(top) || (marker.GitDirectory is not null && File.Exists(top) && !WorktreeRegistration.IsLinked(desk.Directory, marker.GitDirectory)))
            return "its .git was replaced by another repository, whose history is not kept";
        var ignored = await IgnoredFoldersAsync(desk, cancellationToken);
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

    private async Task<HashSet<string>> IgnoredFoldersAsync(WorkspaceDesk desk, CancellationToken cancellationToken)
    {
        var place = content.Place with { WorkTree = desk.Directory, IndexFile = desk.IndexFile };
        var command = GitCommand.Bulk("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory");
        var listing = await content.Git.RunAsync(place, command, cancellationToken);
        return listing.Fields.Where(path => path.Span[^1] == '/')
            .Select(path => Path.Combine(desk.Directory, Encoding.UTF8.GetString(path.Span[..^1]))).ToHashSet(StringComparer.Ordinal);
    }

    private async Task<string?> TakeAwayAsync(WorkspaceDesk desk, CancellationToken cancellationToken)
    {
        OwnedFolder.Create(root.TrashFolder);
        var away = Path.Combine(root.TrashFolder, $"{desk.Name}-{Guid.CreateVersion7(content.Git.Time.GetUtcNow()):N}");
        Directory.Move(desk.Directory, away);
        if (await ChangedSinceAsync(away, desk.IndexFile, cancellationToken))
        {
            Directory.Move(away, desk.Directory);
            return "something wrote into it while it was being removed";
        }
        // What is left in the trash holds nothing new; the next collection tries again.
        await TreeDeletion.DeleteAsync(away, cancellationToken);
        return null;
    }

    private async Task<bool> ChangedSinceAsync(string directory, string indexFile, CancellationToken cancellationToken)
    {
        if (!File.Exists(indexFile))
            return false;
        var place = content.Place with { WorkTree = directory, IndexFile = indexFile };
        var command = GitCommand.Bulk("ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard");
        return (await content.Git.RunAsync(place, command, cancellationToken)).Output.Length > 0;
    }
}
