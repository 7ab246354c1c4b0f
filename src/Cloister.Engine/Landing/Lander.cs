using Cloister.Workspaces;

namespace Cloister.Landing;

/// <summary>
/// Brings an integration branch to its base branch, by moving it forward or by a merge commit, and only when the user asks for it.
/// </summary>
internal sealed class Lander(GitRepository repository, ContentRepository content, CheckoutWrites writes)
{
    private readonly History _history = new(content);
    private readonly RefStore _refs = new(repository.Git, repository.Place);

    /// <summary>Lands one short branch name on another.</summary>
    /// <exception cref="CloisterException"><c>landing.branch</c> when one of them does not exist.</exception>
    public async Task<LandResult> LandAsync(string integrationBranch, string baseBranch, string message, CancellationToken cancellationToken)
    {
        using var held = await RepositoryLock.TakeAsync(repository.CommonDirectory, repository.Git.Time, cancellationToken);
        var target = TaskRefNames.FullBranch(baseBranch);
        var from = await CommitOfAsync(integrationBranch, cancellationToken);
        var old = await CommitOfAsync(baseBranch, cancellationToken);
        if (await _history.IsAncestorAsync(from, old, cancellationToken))
            return new LandResult.AlreadyLanded(old);

        var landed = from;
        if (!await _history.IsAncestorAsync(old, from, cancellationToken))
        {
            var merge = await _history.MergeAsync(old, from, cancellationToken);
            if (merge.Conflicts.Count > 0)
                return new LandResult.Conflict(merge.Conflicts);
            landed = await _history.CommitAsync(merge.Tree, [old, from], message, repository.Git.Time.GetUtcNow(), cancellationToken);
        }
        var folders = await new CheckedOutBranches(repository).FindAsync(target, cancellationToken);
        var move = new RefChange(target, old, landed);
        return folders switch
        {
            [] => await _refs.TryMoveAsync([move], cancellationToken) ? new LandResult.Landed(landed, null) : new LandResult.MovedMeanwhile(),
            [var folder] => await new UserCheckout(repository, content, folder, writes).MoveAsync(move, _refs, cancellationToken),
            _ => new LandResult.Refused($"{baseBranch} is checked out in {folders.Count} places", folders),
        };
    }

    private async Task<string> CommitOfAsync(string branch, CancellationToken cancellationToken) =>
        await _refs.ReadAsync(TaskRefNames.FullBranch(branch), cancellationToken)
        ?? throw new CloisterException("landing.branch", $"there is no branch {branch} in {repository.Root}", "see: git branch");
}
