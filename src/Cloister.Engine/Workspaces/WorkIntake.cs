using System.Text;
using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>
/// Brings commits into a workspace in which tasks have worked. Announced in its marker before a file is written, and the branch moves
/// last: found half done it is taken back, and done again from the start.
/// </summary>
/// <param name="content">Where the commits are.</param>
/// <param name="refs">Where their names are.</param>
/// <param name="desk">The workspace.</param>
/// <param name="published">Told when branch and files hold it, before that is noted: after a crash it is told again.</param>
internal sealed class WorkIntake(
    ContentRepository content, RefStore refs, WorkspaceDesk desk, Func<WorkspaceMarker, CancellationToken, Task>? published = null)
{
    private const string InTheWay = "workspace.in_the_way";

    private readonly History _history = new(content);

    /// <summary>Takes back what an engine that died has begun; where it had only to be noted as done, it is.</summary>
    public async Task<WorkspaceMarker> SettleAsync(WorkspaceMarker marker, CancellationToken cancellationToken)
    {
        if (marker.Incoming is not { IsIn: false } incoming)
            return marker;
        var isIn = await refs.ReadAsync(TaskRefNames.FullBranch(marker.Branch!), cancellationToken) is { } at && await _history.IsAncestorAsync(incoming.To, at, cancellationToken);
        if (!isIn)
            await WriteFilesAsync(marker, incoming.From, cancellationToken);
        else if (published is not null)
            await published(marker, cancellationToken);
        marker = marker with { Incoming = isIn ? incoming with { IsIn = true } : null };
        marker.Write(desk);
        return marker;
    }

    /// <summary>The workspace as the attempt finds it that asked for this.</summary>
    public static Workspace Seen(Workspace workspace, WorkspaceMarker marker, TaskRef task) => marker.Incoming is { } incoming && incoming.Task == task
        ? workspace with { BaseCommit = incoming.To, Conflicts = incoming.Conflicts }
        : workspace;

    /// <summary>True when the branch holds all of it.</summary>
    public async Task<bool> HoldsAsync(WorkspaceMarker marker, IReadOnlyList<NeededWork> needs, CancellationToken cancellationToken)
    {
        if (needs.Count == 0)
            return true;
        var at = await refs.ReadAsync(TaskRefNames.FullBranch(marker.Branch!), cancellationToken);
        foreach (var need in needs)
        {
            if (at is null || !await _history.IsAncestorAsync(need.Commit, at, cancellationToken))
                return false;
        }
        return true;
    }

    /// <summary>Puts what is needed on top of what was kept, into branch and files.</summary>
    /// <param name="marker">The workspace, settled.</param>
    /// <param name="kept">Everything that is in it, on its ref and on the branch.</param>
    /// <param name="request">Who needs what.</param>
    /// <param name="carried">Conflicts that lie in it already.</param>
    /// <param name="cancellationToken">Leaves the rest to the next call.</param>
    public async Task<WorkspaceMarker> TakeAsync(WorkspaceMarker marker, WorkSnapshot kept, WorkspaceRequest request, LaidConflicts? carried, CancellationToken cancellationToken)
    {
        if (kept.NotKept is { } why)
            throw new CloisterException("workspace.unsaved", $"what {request.Task} needs cannot be brought into {desk.Directory}: it holds what could not be kept: {why}", "look there, then retry");
        var from = kept.Commit!;
        var start = await new NeededBase(content).BuildAsync(request.Task, from, request.Needs, request.LayConflicts, cancellationToken);
        var incoming = new IncomingWork(request.Task, from, start.Commit, IsIn: false) { Conflicts = LaidConflicts.Joined(carried, start.Conflicts) };
        var before = marker;
        marker = marker with { Incoming = incoming };
        marker.Write(desk);
        try
        {
            await WriteFilesAsync(marker, start.Commit, cancellationToken);
        }
        catch (CloisterException inTheWay) when (inTheWay.Code == InTheWay)
        {
            // git looks at everything before it writes anything; what it has not begun needs no taking back.
            if ((await CaptureAsync(marker, cancellationToken)).Tree == await _history.TreeOfAsync(from, cancellationToken))
                before.Write(desk);
            throw;
        }
        var changes = new[] { TaskRefNames.FullBranch(marker.Branch!), kept.Ref! }.Select(name => new RefChange(name, from, start.Commit)).ToList();
        if (!await refs.TryMoveAsync(changes, cancellationToken))
            throw new CloisterException("workspace.moving", $"the branch of {marker.Task} was moved while {request.Task} was prepared", "stop what else commits to it, then retry");
        if (published is not null)
            await published(marker, cancellationToken);
        marker = marker with { Incoming = incoming with { IsIn = true } };
        marker.Write(desk);
        return marker;
    }

    // Only files that differ are written, and none of which git does not know what is in it.
    private async Task WriteFilesAsync(WorkspaceMarker marker, string commit, CancellationToken cancellationToken)
    {
        var captured = await CaptureAsync(marker, cancellationToken);
        var known = new List<string> { await _history.TreeOfAsync(marker.Incoming!.From, cancellationToken), await _history.TreeOfAsync(marker.Incoming.To, cancellationToken) };
        if (!known.Contains(captured.Tree))
            await KeepStrayAsync(marker, captured.Tree, cancellationToken);
        await RefuseOverwritingAsync(marker.Incoming.Task, captured.Tree, commit, cancellationToken);
        var draft = $"{desk.IndexFile}.{Guid.CreateVersion7(content.Git.Time.GetUtcNow()):N}";
        try
        {
            File.Copy(desk.IndexFile, draft);
            var command = GitCommand.Bulk("read-tree", "-m", "-u", captured.Tree, commit);
            var written = await content.Git.TryAsync(content.Place with { WorkTree = desk.Directory, IndexFile = draft }, command, cancellationToken);
            if (!written.Succeeded)
                throw new CloisterException(InTheWay, $"what {marker.Incoming.Task} needs cannot be written into {desk.Directory}: {written.Error.Trim()}", "move what is in the way, then retry");
            File.Move(draft, desk.IndexFile, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
            File.Delete(draft + ".lock");
        }
    }

    private Task<CapturedTree> CaptureAsync(WorkspaceMarker marker, CancellationToken cancellationToken) =>
        new TreeCapture(content).CaptureAsync(desk.Directory, desk.IndexFile, marker.BaseCommit, cancellationToken);

    // git itself takes ignored files for worthless.
    private async Task RefuseOverwritingAsync(TaskRef task, string here, string commit, CancellationToken cancellationToken)
    {
        var command = GitCommand.Bulk("diff-tree", "-r", "-z", "--name-status", "--no-renames", "--diff-filter=AD", here, commit);
        var changes = (await content.RunAsync(command, cancellationToken)).Fields.Select(field => Encoding.UTF8.GetString(field.Span)).Chunk(2).ToLookup(change => change[0], change => change[1], StringComparer.Ordinal);
        var leaving = changes["D"].ToHashSet(StringComparer.Ordinal);
        foreach (var path in changes["A"])
        {
            if (FileOver(path) is { } over && !leaving.Contains(over))
                throw new CloisterException(InTheWay, $"{path}, which {task} needs, cannot be written into {desk.Directory}: {over} is there already, is no folder, and git ignores it", "move it away, then retry");
            var file = new FileInfo(Path.Combine(desk.Directory, path));
            var isSame = file is { Exists: true, LinkTarget: null } && await IsSameAsync(file.FullName, commit, path, cancellationToken);
            if (IsThere(file) && !isSame)
                throw new CloisterException(InTheWay, $"{path}, which {task} needs, is in {desk.Directory} already, and git ignores it", "move it away, then retry");
        }
    }

    // What would have to become a folder: a link to one is none of ours.
    private string? FileOver(string path)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            var leading = new FileInfo(Path.Combine(desk.Directory, path[..slash]));
            if (!IsThere(leading))
                return null;
            if (leading.Exists || leading.LinkTarget is not null)
                return path[..slash];
        }
        return null;
    }

    private static bool IsThere(FileInfo file) => file.LinkTarget is not null || Path.Exists(file.FullName);

    private async Task<bool> IsSameAsync(string file, string commit, string path, CancellationToken cancellationToken)
    {
        var wanted = await content.RunAsync(new GitCommand("rev-parse", "--verify", "--end-of-options", $"{commit}:{path}"), cancellationToken);
        return wanted.Text == (await content.RunAsync(GitCommand.Bulk("hash-object", "--no-filters", "--", file), cancellationToken)).Text;
    }

    // Half written by us, or written by somebody since: nobody can tell, so it is kept.
    private async Task KeepStrayAsync(WorkspaceMarker marker, string tree, CancellationToken cancellationToken)
    {
        var stray = await _history.CommitAsync(tree, [marker.Incoming!.From], $"Found while {marker.Incoming.Task} was prepared\n", DateTimeOffset.UnixEpoch, cancellationToken);
        await refs.EnsureAsync(TaskRefNames.Stray(marker.Task, stray), stray, cancellationToken);
    }
}
