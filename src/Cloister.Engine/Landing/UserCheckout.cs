using System.Text;
using Cloister.Processes;
using Cloister.Workspaces;

namespace Cloister.Landing;

/// <summary>
/// The user's own checkout of a branch that is to move. The one place that writes into it: only files that differ between the two
/// commits, only when none of them holds anything uncommitted, and without running hooks or filters.
/// </summary>
internal sealed class UserCheckout(GitRepository repository, ContentRepository content, string folder, CheckoutWrites writes)
{
    private static readonly string[] Unfinished = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", "rebase-merge", "rebase-apply"];

    public async Task<LandResult> MoveAsync(RefChange move, RefStore refs, CancellationToken cancellationToken)
    {
        var place = await PlaceAsync(cancellationToken);
        if (LandingNote.Read(content, folder) is { } left && await new InterruptedLanding(content, place).MendAsync(left, cancellationToken) is { } unmended)
            return unmended;
        LandingNote.Delete(content, folder);
        if (await RefusalAsync(place, move.Expected!, move.New, cancellationToken) is { } refused)
            return refused;
        cancellationToken.ThrowIfCancellationRequested();
        return await WriteAsync(place, move, refs);
    }

    // Nobody can take it back from here on: a git that is ended in the middle leaves half of the files and a locked index behind.
    // Files first, then the branch: a crash in between leaves changes that equal the landed ones, and landing again finishes it.
    private async Task<LandResult> WriteAsync(GitPlace place, RefChange move, RefStore refs)
    {
        using var writing = writes.Begin();
        new LandingNote(move.Expected!, move.New).Write(content, folder);
        var updated = await content.Git.TryAsync(place, GitCommand.Bulk("read-tree", "-m", "-u", move.Expected!, move.New), CancellationToken.None);
        if (!updated.Succeeded)
            return new LandResult.Refused($"git would not update {folder}: {updated.Error.Trim()}", []);
        CrashPoint.Hit("landing.files");
        var isMoved = await refs.TryMoveAsync([move], CancellationToken.None);
        if (!isMoved)
            await content.Git.RunAsync(place, GitCommand.Bulk("read-tree", "-m", "-u", move.New, move.Expected!), CancellationToken.None);
        LandingNote.Delete(content, folder);
        return isMoved ? new LandResult.Landed(move.New, folder) : new LandResult.MovedMeanwhile();
    }

    private async Task<LandResult.Refused?> RefusalAsync(GitPlace place, string old, string landed, CancellationToken cancellationToken)
    {
        var gitDirectory = Path.GetDirectoryName(place.IndexFile)!;
        if (Unfinished.FirstOrDefault(name => Path.Exists(Path.Combine(gitDirectory, name))) is { } unfinished)
            return new LandResult.Refused($"{folder} is in the middle of something git calls {unfinished}: finish it first", []);
        // Ours or another's, at work or killed: the lock is in the user's folder, so the user judges it.
        if (new FileInfo(place.IndexFile + ".lock") is { Exists: true } held)
        {
            return new LandResult.Refused(
                $"a git works in {folder}, or was killed there: since {held.LastWriteTimeUtc:yyyy-MM-dd HH:mm:ss}Z there is", [held.FullName],
                $"when no git runs there any more, remove that file (rm '{held.FullName}'), look at git status, then land again");
        }

        await content.Git.TryAsync(place, GitCommand.Bulk("update-index", "-q", "--refresh"), cancellationToken);
        var touched = await ListAsync(place, cancellationToken, "diff-tree", "-r", "--no-renames", "--name-only", old, landed);
        var changed = await ListAsync(place, cancellationToken, "diff-files", "--name-only", "--ignore-submodules=all");
        var staged = await ListAsync(place, cancellationToken, "diff-index", "--cached", "--name-only", "--ignore-submodules=all", old);
        var alreadyThere = await ListAsync(place, cancellationToken, "diff-index", "--cached", "--name-only", "--ignore-submodules=all", landed);
        // A staged file that equals the landed one is the trace of a landing that was interrupted, or the same work done by hand.
        var dirty = touched.Where(path => changed.Contains(path) || (staged.Contains(path) && alreadyThere.Contains(path))).ToArray();
        if (dirty.Length > 0)
            return new LandResult.Refused($"{folder} has uncommitted changes in files that would be updated: commit or stash them", dirty);

        var tracked = await ListAsync(place, cancellationToken, "ls-files");
        var inTheWay = touched.Where(path => !tracked.Contains(path) && Path.Exists(Path.Combine(folder, path))).ToArray();
        if (inTheWay.Length > 0)
            return new LandResult.Refused($"{folder} has files that git does not know where new ones would go: move them", inTheWay);
        var filtered = await FilteredAsync(place, touched, cancellationToken);
        return filtered.Length > 0
            ? new LandResult.Refused("files that pass a filter such as git LFS would be updated without it: use git merge --ff-only there", filtered)
            : null;
    }

    // The user's files and index, seen with our configuration.
    private async Task<GitPlace> PlaceAsync(CancellationToken cancellationToken)
    {
        var found = await GitRepository.FindAsync(repository.Git, folder, cancellationToken)
            ?? throw new CloisterException("landing.checkout", $"{folder} is no longer a checkout of {repository.Root}", "see: git worktree list");
        return content.Place with { WorkTree = found.Root, IndexFile = Path.Combine(found.GitDirectory, "index") };
    }

    private async Task<HashSet<string>> ListAsync(GitPlace place, CancellationToken cancellationToken, params string[] arguments)
    {
        var listing = await content.Git.RunAsync(place, GitCommand.Bulk([arguments[0], "-z", .. arguments[1..]]), cancellationToken);
        return listing.Fields.Select(path => Encoding.UTF8.GetString(path.Span)).ToHashSet(StringComparer.Ordinal);
    }

    private async Task<string[]> FilteredAsync(GitPlace place, HashSet<string> paths, CancellationToken cancellationToken)
    {
        var command = GitCommand.Bulk("check-attr", "-z", "--stdin", "filter") with { Input = Encoding.UTF8.GetBytes(string.Join('\0', paths) + "\0") };
        var answers = await content.Git.RunAsync(place, command, cancellationToken);
        // Three fields each: path, "filter", and a name or a word for none.
        return [.. answers.Fields.Select(field => Encoding.UTF8.GetString(field.Span)).Chunk(3)
            .Where(answer => answer is [_, _, not ("unspecified" or "unset" or "set" or "")]).Select(answer => answer[0])];
    }
}
