using System.Text;
using Cloister.Workspaces;

namespace Cloister.Landing;

/// <summary>
/// A landing whose git died in the middle: some files are new, some old, one perhaps half written, and the index is locked by nobody. What
/// is certainly ours is put back as it was, so that landing can begin again; anything else is named and left alone.
/// </summary>
/// <param name="content">What reads files and trees.</param>
/// <param name="place">The person's files and index.</param>
internal sealed class InterruptedLanding(ContentRepository content, GitPlace place)
{
    private string Folder => place.WorkTree!;

    /// <summary>Puts it back; null when landing can begin, else why not.</summary>
    public async Task<LandResult.Refused?> MendAsync(LandingNote note, CancellationToken cancellationToken)
    {
        var indexLock = place.IndexFile + ".lock";
        if (File.Exists(indexLock) && !IsUnattended())
        {
            return new LandResult.Refused(
                $"a landing into {Folder} was cut off, and a git works there", [indexLock], $"wait for its end, then land again; if none runs, remove that file (rm '{indexLock}')");
        }
        File.Delete(indexLock);

        var touched = await ListAsync(place, cancellationToken, "diff-tree", "-r", "--no-renames", "--name-only", note.Old, note.New);
        var moved = await ListAsync(place, cancellationToken, "diff-index", "--cached", "--name-only", "--ignore-submodules=all", note.Old);
        moved.IntersectWith(touched);
        // The index comes last: once it is new, all files are.
        if (moved.Count > 0)
            return null;
        var before = await SeenFromAsync(note.Old, touched, cancellationToken);
        var after = await SeenFromAsync(note.New, touched, cancellationToken);
        var ours = touched.Where(path => !before.Same.Contains(path)).ToList();
        var foreign = new List<string>();
        foreach (var path in ours.Where(path => !after.Same.Contains(path)))
        {
            if (!await IsHalfWrittenAsync(path, note.New, cancellationToken))
                foreign.Add(path);
        }
        if (foreign.Count > 0)
            return new LandResult.Refused(
                $"a landing into {Folder} was cut off, and these files are neither as before nor as landed",
                foreign,
                $"keep what you need of them, put them back (git -C '{Folder}' checkout -- FILES), then land again");
        await PutBackAsync(ours, before.Tracked, cancellationToken);
        return null;
    }

    // A lock in the index's place belongs to a git that works in the folder; without one, nobody will ever take it away.
    private bool IsUnattended() =>
        ProcessesInside.Find(Folder) is { } inside && !inside.Any(process => NameOf(process).StartsWith("git", StringComparison.Ordinal));

    private static string NameOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm");
        }
        // It ended meanwhile.
        catch (IOException)
        {
            return "";
        }
    }

    // Which of the paths are on disk as they are in the commit, by an index of our own.
    private async Task<(HashSet<string> Same, HashSet<string> Tracked)> SeenFromAsync(string commit, HashSet<string> paths, CancellationToken cancellationToken)
    {
        var index = Path.Combine(content.Place.GitDirectory, $"landing-index-{Guid.CreateVersion7():N}");
        try
        {
            var seen = place with { IndexFile = index };
            await content.Git.RunAsync(seen, GitCommand.Bulk("read-tree", commit), cancellationToken);
            await content.Git.TryAsync(seen, GitCommand.Bulk("update-index", "-q", "--refresh"), cancellationToken);
            var tracked = await ListAsync(seen, cancellationToken, "ls-files");
            var different = await ListAsync(seen, cancellationToken, "diff-files", "--name-only", "--ignore-submodules=all");
            var same = paths.Where(path => tracked.Contains(path) ? !different.Contains(path) : !Path.Exists(PathOf(path)));
            return (same.ToHashSet(StringComparer.Ordinal), tracked);
        }
        finally
        {
            File.Delete(index);
        }
    }

    // git takes the old file away and then writes the new one from its first byte on.
    private async Task<bool> IsHalfWrittenAsync(string path, string commit, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(path));
        if (!Path.Exists(file.FullName))
            return true;
        if (file is not { Exists: true, LinkTarget: null })
            return false;
        var landed = await content.Git.TryAsync(content.Place, GitCommand.Bulk("cat-file", "blob", $"{commit}:{path}"), cancellationToken);
        if (!landed.Succeeded || file.Length >= landed.Output.Length)
            return false;
        var written = await File.ReadAllBytesAsync(file.FullName, cancellationToken);
        return landed.Output.Span.StartsWith(written);
    }

    private async Task PutBackAsync(List<string> paths, HashSet<string> tracked, CancellationToken cancellationToken)
    {
        foreach (var added in paths.Where(path => !tracked.Contains(path)).Select(PathOf))
        {
            File.Delete(added);
            for (var folder = Path.GetDirectoryName(added)!; folder != Folder && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any(); folder = Path.GetDirectoryName(folder)!)
                Directory.Delete(folder);
        }
        var old = paths.Where(tracked.Contains).Select(path => path + "\0");
        var command = GitCommand.Bulk("checkout-index", "--force", "-z", "--stdin") with { Input = Encoding.UTF8.GetBytes(string.Concat(old)) };
        await content.Git.RunAsync(place, command, cancellationToken);
    }

    private string PathOf(string path) => Path.Combine(Folder, path);

    private async Task<HashSet<string>> ListAsync(GitPlace at, CancellationToken cancellationToken, params string[] arguments)
    {
        var listing = await content.Git.RunAsync(at, GitCommand.Bulk([arguments[0], "-z", .. arguments[1..]]), cancellationToken);
        return listing.Fields.Select(path => Encoding.UTF8.GetString(path.Span)).ToHashSet(StringComparer.Ordinal);
    }
}
