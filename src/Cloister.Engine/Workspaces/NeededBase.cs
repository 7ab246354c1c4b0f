using System.Text;
using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>Puts the commits of needed tasks together, as the commit that a task starts from.</summary>
internal sealed class NeededBase(ContentRepository content)
{
    // More names than this help nobody; the rest is counted.
    private const int FilesNamed = 5;

    private readonly History _history = new(content);

    /// <summary>The commit that holds the base and everything needed.</summary>
    /// <exception cref="CloisterException"><c>workspace.conflict</c> names the files and the tasks.</exception>
    public async Task<string> BuildAsync(TaskRef task, string baseCommit, IReadOnlyList<NeededWork> needs, CancellationToken cancellationToken)
    {
        var independent = await _history.IndependentAsync([.. needs.Select(need => need.Commit), baseCommit], cancellationToken);
        var current = independent[0];
        var at = DateTimeOffset.UnixEpoch;
        var merged = new List<string> { current };
        var message = $"Bring together {string.Join(", ", needs.Select(need => need.Task))}\n";
        foreach (var next in independent.Skip(1))
        {
            var merge = await _history.MergeAsync(current, next, cancellationToken);
            if (merge.Conflicts.Count > 0)
                throw await ConflictAsync(task, baseCommit, needs, merged, next, merge.Conflicts, cancellationToken);
            // The latest of the parents' dates: the same needs give the same commit however often they are put together.
            foreach (var parent in (string[])[current, next])
            {
                var parentAt = await _history.CommittedAtAsync(parent, cancellationToken);
                at = parentAt > at ? parentAt : at;
            }
            current = await _history.CommitAsync(merge.Tree, [current, next], message, at, cancellationToken);
            merged.Add(next);
        }
        return current;
    }

    private async Task<CloisterException> ConflictAsync(
        TaskRef task, string baseCommit, IReadOnlyList<NeededWork> needs, List<string> merged, string next, IReadOnlyList<string> conflicts,
        CancellationToken cancellationToken)
    {
        var involved = new List<TaskRef>();
        foreach (var need in needs.Where(need => merged.Contains(need.Commit) || need.Commit == next))
        {
            var touched = await _history.ChangedPathsAsync(baseCommit, need.Commit, cancellationToken);
            if (touched.Overlaps(conflicts))
                involved.Add(need.Task);
        }
        var files = new StringBuilder(string.Join(", ", conflicts.Take(FilesNamed)));
        if (conflicts.Count > FilesNamed)
            files.Append(" and ").Append(conflicts.Count - FilesNamed).Append(" more");
        return new CloisterException(
            "workspace.conflict", $"{task} needs {string.Join(" and ", involved)}, which changed the same lines of {files}",
            "let one of them need the other, or merge them by hand and start from there");
    }
}
