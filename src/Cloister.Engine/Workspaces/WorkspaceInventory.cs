using System.IO.Enumeration;
using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>What would be lost if a workspace went away.</summary>
internal enum WorkspaceSafety
{
    /// <summary>Its work is on one of the given branches.</summary>
    Merged,

    /// <summary>Its work is on a kept ref.</summary>
    Kept,

    /// <summary>It holds something that is nowhere else, or someone works in it.</summary>
    Unsaved,
}

/// <summary>A workspace on disk.</summary>
/// <param name="Workspace">What to hand to <see cref="IWorkspaceProvider.RemoveAsync"/>.</param>
/// <param name="Task">Whose it is.</param>
/// <param name="Bytes">What its files take up.</param>
/// <param name="Safety">What would be lost without it.</param>
/// <param name="Why">What is unsaved, in words.</param>
internal sealed record WorkspaceEntry(Workspace Workspace, TaskRef Task, long Bytes, WorkspaceSafety Safety, string? Why);

/// <summary>Lists the workspaces of this state folder, for a collection that says first what it would remove.</summary>
internal sealed class WorkspaceInventory(Git git, WorkspaceRoot root)
{
    /// <summary>Looks and changes nothing.</summary>
    /// <param name="mergedInto">Commits whose history counts as safe: the integration branches and their bases.</param>
    /// <param name="cancellationToken">Stops between two workspaces.</param>
    public async Task<IReadOnlyList<WorkspaceEntry>> ListAsync(IReadOnlyList<string> mergedInto, CancellationToken cancellationToken)
    {
        var entries = new List<WorkspaceEntry>();
        if (!Directory.Exists(root.DesksFolder))
            return entries;
        foreach (var name in Directory.EnumerateDirectories(root.DesksFolder).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal))
        {
            var desk = root.DeskOf(name);
            var marker = WorkspaceMarker.Read(desk);
            if (marker is null || marker.InstanceId != root.InstanceId || DirectoryState.Of(desk.Directory) != DirectoryState.Present)
                continue;
            var (safety, why) = await JudgeAsync(desk, marker, mergedInto, cancellationToken);
            var workspace = new Workspace(marker.Kind, desk.Directory, marker.GitDirectory is null ? null : marker.Branch, marker.BaseCommit, marker.Source, Created: false);
            entries.Add(new WorkspaceEntry(workspace, marker.Task, SizeOf(desk.Directory), safety, why));
        }
        return entries;
    }

    private async Task<(WorkspaceSafety Safety, string? Why)> JudgeAsync(
        WorkspaceDesk desk, WorkspaceMarker marker, IReadOnlyList<string> mergedInto, CancellationToken cancellationToken)
    {
        var repository = marker.GitDirectory is null ? null : await GitRepository.FindAsync(git, marker.Source, cancellationToken);
        if (marker.GitDirectory is not null && repository is null)
            return (WorkspaceSafety.Unsaved, $"the repository at {marker.Source} is gone");
        var content = repository is null
            ? await new PlainDirectory(git, root).ContentAsync(marker.Source, cancellationToken)
            : ContentRepository.Over(repository, root);
        var refs = new RefStore(git, repository?.Place ?? content.Place);
        var head = repository is null ? null : (await new WorktreeHead(repository).ReadAsync(marker.GitDirectory!, cancellationToken)).Commit;
        var kept = await refs.ListAsync([TaskRefNames.KeptFolder(marker.Task)], cancellationToken);
        if (await new WorkspaceRemoval(content, refs, root).UnsavedAsync(desk, marker, head, kept, cancellationToken) is { } unsaved)
            return (WorkspaceSafety.Unsaved, unsaved);
        var branchAt = await refs.ReadAsync(TaskRefNames.FullBranch(marker.Branch!), cancellationToken);
        return branchAt is not null && await new MergedWork(content).ContainsAsync(mergedInto, branchAt, cancellationToken)
            ? (WorkspaceSafety.Merged, null)
            : (WorkspaceSafety.Kept, null);
    }

    // What a listing can see; names it cannot read count nothing.
    private static long SizeOf(string directory)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        return new FileSystemEnumerable<long>(directory, (ref entry) => entry.IsDirectory ? 0 : entry.Length, options).Sum();
    }
}
