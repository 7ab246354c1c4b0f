using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>
/// Makes the directory an agent works in, keeps what it made, and removes it only when nothing would be lost.
/// Every call may be repeated after a crash at any point: it looks at what is there and finishes the rest.
/// </summary>
internal interface IWorkspaceProvider
{
    /// <summary>The word plans use for it: <c>worktree</c>, <c>directory</c>, <c>current</c>.</summary>
    string Kind { get; }

    /// <summary>Makes the workspace on top of the given base, or finds the one that is already there.</summary>
    /// <exception cref="CloisterException"><c>workspace.conflict</c> when the needed commits do not merge; <c>workspace.*</c> otherwise.</exception>
    Task<Workspace> PrepareAsync(WorkspaceRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Brings needed commits into a workspace in which tasks have worked already: everything in it becomes a commit first, what is in it
    /// already is not merged again.
    /// </summary>
    /// <param name="workspace">The workspace, shared with the task that it was made for.</param>
    /// <param name="attempt">The attempt that is about to begin in it.</param>
    /// <param name="request">What it needs.</param>
    /// <param name="cancellationToken">Leaves the workspace as it was, or to the next call.</param>
    /// <returns>The workspace with the commit that the attempt starts from.</returns>
    /// <exception cref="CloisterException"><c>workspace.conflict</c> when the needed commits do not merge; <c>workspace.*</c> otherwise.</exception>
    Task<Workspace> BringInAsync(Workspace workspace, AttemptRef attempt, WorkspaceRequest request, CancellationToken cancellationToken);

    /// <summary>Files of kept work in which conflict markers are left that we laid into the workspace.</summary>
    Task<IReadOnlyList<string>> UnsettledAsync(Workspace workspace, string commit, CancellationToken cancellationToken);

    /// <summary>
    /// Turns everything in the workspace, untracked files too, into a commit on a ref that is never deleted
    /// (<c>refs/cloister/&lt;run&gt;/&lt;task&gt;/&lt;attempt&gt;</c>), and moves the task's branch to it.
    /// </summary>
    Task<WorkSnapshot> SnapshotAsync(Workspace workspace, AttemptRef attempt, string message, CancellationToken cancellationToken);

    /// <summary>What work in the directory is on no kept ref, or who works in it, in words; null when it can be removed. Changes nothing.</summary>
    Task<string?> UnsavedAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the directory if all work in it is on a kept ref and no process is in it; says why not otherwise. With files in it that git
    /// ignores it goes to the trash, from where <see cref="PrepareAsync"/> takes it back.
    /// </summary>
    Task<RemovalResult> RemoveAsync(Workspace workspace, TaskRef task, CancellationToken cancellationToken);
}

/// <summary>What a workspace is to be made from.</summary>
/// <param name="Task">The task it is for.</param>
/// <param name="Source">The user's project folder, absolute.</param>
/// <param name="BaseCommit">The commit to start from; null means HEAD, or the folder as it is where there is no git.</param>
/// <param name="Needs">Commits of needed tasks, in plan order, that go on top of the base.</param>
internal sealed record WorkspaceRequest(TaskRef Task, string Source, string? BaseCommit, IReadOnlyList<NeededWork> Needs)
{
    /// <summary>A kept commit to bring back instead of starting from the base; only used when no workspace is there.</summary>
    public string? RestoreFrom { get; init; }

    /// <summary>Needed commits that do not merge are put together with their conflict markers, for the agent to settle.</summary>
    public bool LayConflicts { get; init; }

    /// <summary>Begin from the base beside whatever a removed workspace left.</summary>
    public bool StartOver { get; init; }
}

/// <summary>The kept work of a needed task.</summary>
internal sealed record NeededWork(TaskRef Task, string Commit);

/// <summary>A directory an agent works in.</summary>
/// <param name="Kind">Which provider made it.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Branch">The task's branch, or null where there is none.</param>
/// <param name="BaseCommit">The commit the work starts from (after needed work was put on top), or null without git.</param>
/// <param name="Source">The user's project folder.</param>
/// <param name="Created">True when it did not exist before this call: setup has to run.</param>
public sealed record Workspace(string Kind, string Path, string? Branch, string? BaseCommit, string Source, bool Created)
{
    /// <summary>The task it was made for, when this one only works in it too; null: this one.</summary>
    public TaskRef? Owner { get; init; }

    /// <summary>What its agent has to settle: needed work that does not merge; null: nothing.</summary>
    public LaidConflicts? Conflicts { get; init; }
}

/// <summary>Kept work of one attempt.</summary>
/// <param name="Commit">The commit that holds everything, or null where the workspace kind keeps none (<c>current</c> without git).</param>
/// <param name="Ref">The ref that keeps it.</param>
/// <param name="FilesChanged">Files that differ from the base.</param>
/// <param name="Added">Lines added.</param>
/// <param name="Removed">Lines removed.</param>
public sealed record WorkSnapshot(string? Commit, string? Ref, int FilesChanged, int Added, int Removed)
{
    /// <summary>What could not be kept and why, or null when everything was; the workspace is then not removed.</summary>
    public string? NotKept { get; init; }

    /// <summary>True when the attempt changed something that can be merged.</summary>
    public bool HasChanges => FilesChanged > 0;
}

/// <summary>Whether a workspace is gone, and if not, what it still holds.</summary>
internal sealed record RemovalResult(bool Removed, string? WhyNot)
{
    /// <summary>Where its directory lies now, with files that are on no ref; null when nothing of that kind was in it.</summary>
    public string? Trash { get; init; }
}
