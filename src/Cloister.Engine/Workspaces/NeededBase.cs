using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>The commit that a task starts from.</summary>
/// <param name="Commit">Its id.</param>
/// <param name="Conflicts">What of it does not merge and is left to the task's agent; null: nothing.</param>
internal sealed record NeededStart(string Commit, LaidConflicts? Conflicts);

/// <summary>Puts the commits of needed tasks together, as the commit that a task starts from.</summary>
internal sealed class NeededBase(ContentRepository content)
{
    private readonly History _history = new(content);
    private readonly ConflictMarkers _markers = new(content);

    /// <summary>The commit that holds the base and everything needed.</summary>
    /// <param name="task">Whose start it is.</param>
    /// <param name="baseCommit">What everything goes on top of.</param>
    /// <param name="needs">What goes on top of it.</param>
    /// <param name="layConflicts">What does not merge is committed with its conflict markers.</param>
    /// <param name="cancellationToken">Stops between two calls of git.</param>
    /// <exception cref="CloisterException"><c>workspace.conflict</c> names the files and the tasks.</exception>
    public async Task<NeededStart> BuildAsync(TaskRef task, string baseCommit, IReadOnlyList<NeededWork> needs, bool layConflicts, CancellationToken cancellationToken)
    {
        var independent = await _history.IndependentAsync([baseCommit, .. needs.Select(need => need.Commit)], cancellationToken);
        var current = independent[0];
        var at = DateTimeOffset.UnixEpoch;
        var merged = new List<string> { current };
        var message = $"Bring together {string.Join(", ", needs.Select(need => need.Task))}\n";
        LaidConflicts? laid = null;
        foreach (var next in independent.Skip(1))
        {
            var merge = await _history.MergeAsync(current, next, cancellationToken);
            if (merge.Conflicts.Count > 0)
            {
                var found = await DescribeAsync(baseCommit, needs, merged, (current, next), merge, cancellationToken);
                laid = layConflicts ? LaidConflicts.Joined(laid, found) : throw Conflict(task, found);
            }
            // The latest of the parents' dates: the same needs give the same commit however often they are put together.
            foreach (var parent in (string[])[current, next])
            {
                var parentAt = await _history.CommittedAtAsync(parent, cancellationToken);
                at = parentAt > at ? parentAt : at;
            }
            current = await _history.CommitAsync(merge.Tree, [current, next], message, at, cancellationToken);
            merged.Add(next);
        }
        return new NeededStart(current, laid);
    }

    private async Task<LaidConflicts> DescribeAsync(
        string baseCommit, IReadOnlyList<NeededWork> needs, List<string> merged, (string Ours, string Theirs) sides, TreeMerge merge, CancellationToken cancellationToken)
    {
        var ours = needs.Where(need => merged.Contains(need.Commit)).ToList();
        var theirs = needs.Where(need => need.Commit == sides.Theirs).ToList();
        var touched = new List<(TaskRef Task, HashSet<string> Paths)>();
        foreach (var need in (NeededWork[])[.. ours, .. theirs])
        {
            var fork = await _history.ForkAsync(baseCommit, need.Commit, cancellationToken) ?? baseCommit;
            touched.Add((need.Task, await _history.ChangedPathsAsync(fork, need.Commit, cancellationToken)));
        }
        var named = merge.Conflicts.Take(LaidConflicts.MostFiles).ToList();
        var marked = await _markers.HoldingAsync(merge.Tree, [ConflictMarkers.Opening(sides.Ours)], named, cancellationToken);
        var files = named.Select(path => new ConflictedFile(
            path, [.. touched.Where(one => one.Paths.Contains(path)).Select(one => one.Task)], marked.Contains(path, StringComparer.Ordinal)));
        return new LaidConflicts([.. files], [Side(sides.Ours, ours), Side(sides.Theirs, theirs)]) { MoreFiles = merge.Conflicts.Count - named.Count };
    }

    private static ConflictSide Side(string commit, List<NeededWork> works) => new(commit, [.. works.Select(work => work.Task)]);

    private static CloisterException Conflict(TaskRef task, LaidConflicts found)
    {
        var files = Named.FirstOf([.. found.Files.Select(file => file.Path)], others: found.MoreFiles);
        var involved = found.Involved;
        var what = involved.Count == 1 ? $"which changed the same lines of {files} as was done in its workspace before" : $"which changed the same lines of {files}";
        return new CloisterException(
            "workspace.conflict", $"{task} needs {Named.FirstOf([.. involved.Select(one => $"{one}")], " and ")}, {what}",
            $"an agent settles it: cloister merge {task} --settle; in the plan: onConflict: agent");
    }
}
