namespace Cloister.Workspaces;

/// <summary>Reads where an agent left its worktree's HEAD, from git's folder about it; the worktree's own <c>.git</c> may say anything.</summary>
internal sealed class WorktreeHead(GitRepository repository)
{
    public async Task<(string? Commit, string? Branch)> ReadAsync(string gitDirectory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(gitDirectory))
            return (null, null);
        // The common directory is given, or a rewritten "commondir" file would lead to a repository of the agent's.
        var place = new GitPlace(gitDirectory) { CommonDirectory = repository.CommonDirectory };
        var commit = await repository.Git.TryAsync(place, new GitCommand("rev-parse", "-q", "--verify", "HEAD^{commit}"), cancellationToken);
        var branch = await repository.Git.TryAsync(place, new GitCommand("symbolic-ref", "-q", "HEAD"), cancellationToken);
        return (commit.Succeeded ? commit.Text : null, branch.Succeeded ? branch.Text : null);
    }
}
