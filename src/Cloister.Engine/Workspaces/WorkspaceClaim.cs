namespace Cloister.Workspaces;

/// <summary>A name that a task's workspace may have: its desk, its branch, and what is already known about it.</summary>
internal sealed record WorkspaceClaim(WorkspaceDesk Desk, string? Branch, WorkspaceMarker? Marker)
{
    // Names are only taken by other state folders' runs of the same number; a hundred of them is a mistake somewhere.
    private const int MaxCandidates = 100;

    /// <summary>The task's own claim from before, or the first name that neither a directory nor a branch of someone else holds.</summary>
    /// <param name="root">Where workspaces live.</param>
    /// <param name="request">Whose workspace it is, and from where it has to start.</param>
    /// <param name="repository">Where the work is kept.</param>
    /// <param name="branchAt">The commit of a branch by its short name, or null when it does not exist; null itself where there are no branches.</param>
    public static async Task<WorkspaceClaim> FindAsync(
        WorkspaceRoot root, WorkspaceRequest request, string repository, Func<string, Task<string?>>? branchAt)
    {
        var task = request.Task;
        for (var candidate = 1; candidate <= MaxCandidates; candidate++)
        {
            var desk = root.DeskOf(WorkspaceRoot.NameOf(task, candidate));
            var marker = WorkspaceMarker.Read(desk);
            if (marker is not null)
            {
                var isOurs = marker.InstanceId == root.InstanceId && marker.Task == task && marker.Repository == repository;
                if (isOurs && await FitsAsync(marker, branchAt, request))
                    return new WorkspaceClaim(desk, marker.Branch, marker);
                if (isOurs && request.StartOver)
                    (marker with { Left = true }).Write(desk);
                continue;
            }
            var branch = branchAt is null ? null : TaskRefNames.Branch(task, candidate);
            var isFree = !Path.Exists(desk.Directory) && (branch is null || await branchAt!(branch) is null);
            if (isFree)
                return new WorkspaceClaim(desk, branch, null);
        }
        throw new CloisterException(
            "workspace.names", $"every name for a workspace of {task} under {root.Path} is taken by something else", "run cloister gc, or set another workspace folder");
    }

    private static async Task<bool> FitsAsync(WorkspaceMarker marker, Func<string, Task<string?>>? branchAt, WorkspaceRequest request)
    {
        if (marker.Stage != WorkspaceStage.Removed)
            return true;
        if (request.StartOver || request.RestoreFrom is null)
            return !request.StartOver && !marker.Left;
        // A removed one at another commit is not what is wanted back.
        return branchAt is null || marker.Branch is null || await branchAt(marker.Branch) is not { } at || at == request.RestoreFrom;
    }
}
