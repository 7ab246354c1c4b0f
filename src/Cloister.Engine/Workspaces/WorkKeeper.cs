using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>What of a workspace is to be kept.</summary>
/// <param name="Attempt">Whose work it is.</param>
/// <param name="Tree">The files, or null when there are none any more and only commits remain.</param>
/// <param name="Base">Where the work began.</param>
/// <param name="Head">The commit the agent left checked out, or null.</param>
/// <param name="Branch">The task's branch, full name, or null.</param>
/// <param name="Message">The commit's message.</param>
internal sealed record WorkToKeep(AttemptRef Attempt, string? Tree, string Base, string? Head, string? Branch, string Message);

/// <summary>
/// Turns captured files into a commit on the attempt's ref. Whatever the agent committed itself stays in its history, a ref never
/// moves to something that does not contain what it named, and repeating the call after a crash gives the same commit.
/// </summary>
internal sealed class WorkKeeper(ContentRepository content, RefStore refs, TimeProvider time)
{
    // Each round loses only to someone who moved the branch in between, which is the agent's own last commit.
    private const int MaxRounds = 5;

    // More refs of one attempt with work that contradicts each other are not made by any recovery.
    private const int MaxCandidates = 100;

    private readonly History _history = new(content);

    public async Task<WorkSnapshot> KeepAsync(WorkToKeep work, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var folder = TaskRefNames.KeptFolder(work.Attempt.Task);
            var kept = await refs.ListAsync(work.Branch is null ? [folder] : [folder, work.Branch], cancellationToken);
            var branchAt = work.Branch is null ? null : kept.GetValueOrDefault(work.Branch);
            var commit = await CommitAsync(work, branchAt, kept, cancellationToken);
            var (name, expected) = await PlaceForAsync(work.Attempt, commit, kept, cancellationToken);
            var changes = new List<RefChange>();
            if (expected != commit)
                changes.Add(new RefChange(name, expected, commit));
            if (work.Branch is not null && branchAt != commit)
                changes.Add(new RefChange(work.Branch, branchAt, commit));
            if (!await refs.TryMoveAsync(changes, cancellationToken))
                continue;
            var totals = await _history.TotalsAsync(work.Base, commit, cancellationToken);
            return new WorkSnapshot(commit, name, totals.Files, totals.Added, totals.Removed);
        }
        throw new CloisterException(
            "workspace.moving", $"the branch of {work.Attempt.Task} keeps moving while its work is being kept", "stop what else commits to it, then retry");
    }

    private async Task<string> CommitAsync(
        WorkToKeep work, string? branchAt, IReadOnlyDictionary<string, string> kept, CancellationToken cancellationToken)
    {
        var heads = ((string?[])[work.Head, branchAt, work.Base]).OfType<string>().ToList();
        var trees = await _history.TreesAsync(heads, cancellationToken);
        var parents = await _history.IndependentAsync(heads.Where(trees.ContainsKey), cancellationToken);
        var tree = work.Tree ?? trees[parents[0]];
        if (parents.Count == 1 && trees[parents[0]] == tree)
            return parents[0];
        return await MadeBeforeAsync(work.Attempt, tree, parents, kept, cancellationToken)
            ?? await _history.CommitAsync(tree, parents, work.Message, time.GetUtcNow(), cancellationToken);
    }

    // A crash between writing the attempt's ref and hearing of it: the commit is there.
    private async Task<string?> MadeBeforeAsync(
        AttemptRef attempt, string tree, IReadOnlyList<string> parents, IReadOnlyDictionary<string, string> kept, CancellationToken cancellationToken)
    {
        for (var candidate = 1; kept.TryGetValue(TaskRefNames.Kept(attempt, candidate), out var commit); candidate++)
        {
            if (await _history.TreeOfAsync(commit, cancellationToken) == tree && parents.SequenceEqual(await _history.ParentsOfAsync(commit, cancellationToken), StringComparer.Ordinal))
                return commit;
        }
        return null;
    }

    private async Task<(string Name, string? Expected)> PlaceForAsync(
        AttemptRef attempt, string commit, IReadOnlyDictionary<string, string> kept, CancellationToken cancellationToken)
    {
        for (var candidate = 1; candidate <= MaxCandidates; candidate++)
        {
            var name = TaskRefNames.Kept(attempt, candidate);
            if (!kept.TryGetValue(name, out var at))
                return (name, null);
            if (await _history.IsAncestorAsync(at, commit, cancellationToken))
                return (name, at);
        }
        throw new CloisterException("workspace.refs", $"{attempt} already has {MaxCandidates} kept commits that contradict each other", "look at them: git for-each-ref refs/cloister");
    }
}
