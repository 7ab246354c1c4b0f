using System.Text;

namespace Cloister.Workspaces;

/// <summary>One ref's change: from a value that must still hold (null: must not exist) to a new one.</summary>
internal sealed record RefChange(string Name, string? Expected, string New);

/// <summary>Reads refs and moves them with compare-and-swap; several move together or not at all.</summary>
internal sealed class RefStore(Git git, GitPlace place)
{
    // A ref's lock is held for the moment of its write. One that is older was left by a git that was killed.
    private static readonly TimeSpan OldestLock = TimeSpan.FromSeconds(20);

    public async Task<string?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var command = new GitCommand("rev-parse", "-q", "--verify", "--end-of-options", name + "^{commit}");
        var result = await git.TryAsync(place, command, cancellationToken);
        return result.Succeeded ? result.Text : null;
    }

    /// <summary>Refs by name: those under folders such as <c>refs/cloister/r7/api/</c>, and single ones by their full names.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ListAsync(string[] patterns, CancellationToken cancellationToken)
    {
        var listing = await git.RunAsync(place, new GitCommand(["for-each-ref", "--format=%(objectname) %(refname)", "--", .. patterns]), cancellationToken);
        return listing.Lines.Select(line => line.Split(' ', 2)).ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
    }

    /// <summary>The commit a ref is at; when there is no such ref it is made at the given one.</summary>
    public async Task<string> EnsureAsync(string name, string commit, CancellationToken cancellationToken)
    {
        if (await TryMoveAsync([new RefChange(name, null, commit)], cancellationToken))
            return commit;
        return await ReadAsync(name, cancellationToken)
            ?? throw new CloisterException("git.ref", $"{name} cannot be made in {place.GitDirectory}", "see: git for-each-ref");
    }

    /// <summary>Moves all refs or none; false when one of them is no longer where it was expected.</summary>
    public async Task<bool> TryMoveAsync(IReadOnlyList<RefChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
            return true;
        var script = new StringBuilder("start\0");
        foreach (var change in changes)
        {
            script.Append(change.Expected is null ? "create " : "update ").Append(change.Name).Append('\0').Append(change.New).Append('\0');
            if (change.Expected is not null)
                script.Append(change.Expected).Append('\0');
        }
        var command = new GitCommand("update-ref", "--no-deref", "--stdin", "-z", "-m", "cloister")
        {
            Input = Encoding.UTF8.GetBytes(script.Append("prepare\0commit\0").ToString()),
        };
        RemoveStaleLocks(changes);
        var result = await git.TryAsync(place, command, cancellationToken);
        // Git has waited for locks longer than they can be held.
        if (!result.Succeeded && RemoveStaleLocks(changes))
            result = await git.TryAsync(place, command, cancellationToken);
        if (result.Succeeded)
            return true;
        // The refs themselves say whether someone else was first; git's message is for people.
        foreach (var change in changes)
        {
            if (await ReadAsync(change.Name, cancellationToken) != change.Expected)
                return false;
        }
        throw Git.Failed(command, $"exit {result.ExitCode}", result.Error);
    }

    // Of our own refs only: a person's lock is a person's to judge.
    private bool RemoveStaleLocks(IReadOnlyList<RefChange> changes)
    {
        var removed = false;
        foreach (var change in changes.Where(change => TaskRefNames.IsOurs(change.Name)))
        {
            var held = new FileInfo(Path.Combine(place.CommonDirectory ?? place.GitDirectory, $"{change.Name}.lock"));
            if (!held.Exists || git.Time.GetUtcNow().UtcDateTime - held.LastWriteTimeUtc < OldestLock)
                continue;
            held.Delete();
            removed = true;
        }
        return removed;
    }
}
