using System.Text;
using Cloister.Processes;

namespace Cloister.Workspaces;

/// <summary>
/// Writes a directory as a git tree by way of an index of ours: untracked files too, ignored ones not, whatever the agent did to
/// its own index, HEAD or <c>.git</c>. Files of a repository that an agent made inside are kept as ordinary files.
/// </summary>
internal sealed class TreeCapture(ContentRepository content)
{
    // Deeper nests are not something an agent makes on purpose.
    private const int MaxNestedDepth = 8;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Captures a directory. The index remembers what was seen, so the next capture only reads what changed.</summary>
    /// <param name="directory">What to capture.</param>
    /// <param name="indexFile">Our index of it; made from <paramref name="seed"/> when it is not there.</param>
    /// <param name="seed">A commit that knows which files and submodules are tracked, or null.</param>
    /// <param name="cancellationToken">Leaves the index as it was.</param>
    public Task<CapturedTree> CaptureAsync(string directory, string indexFile, string? seed, CancellationToken cancellationToken) =>
        CaptureAsync(directory, indexFile, seed, committed: null, cancellationToken);

    private async Task<CapturedTree> CaptureAsync(string directory, string indexFile, string? seed, string? committed, CancellationToken cancellationToken)
    {
        // A git of a killed engine may still be writing: every capture works on an index of its own and puts it in place at the end.
        var draft = $"{indexFile}.{Guid.CreateVersion7(content.Git.Time.GetUtcNow()):N}";
        try
        {
            if (File.Exists(indexFile))
                File.Copy(indexFile, draft);
            var place = content.Place with { WorkTree = directory, IndexFile = draft };
            if (!File.Exists(draft) && seed is not null)
                await content.Git.RunAsync(place, GitCommand.Bulk("read-tree", seed), cancellationToken);
            var captured = await CaptureAsync(place, committed, 0, cancellationToken);
            File.Move(draft, indexFile, overwrite: true);
            return captured;
        }
        finally
        {
            File.Delete(draft);
            File.Delete(draft + ".lock");
        }
    }

    /// <summary>Captures a workspace; null when its directory is gone and only commits remain.</summary>
    /// <param name="desk">Where it is.</param>
    /// <param name="seed">A commit that knows which files and submodules are tracked.</param>
    /// <param name="committed">The newest commit of its agent: what it holds of the directory is kept, also what git ignores; null: the agent makes none.</param>
    /// <param name="cancellationToken">Leaves the index as it was.</param>
    public async Task<CapturedTree?> CaptureWorkspaceAsync(WorkspaceDesk desk, string seed, string? committed, CancellationToken cancellationToken) =>
        DirectoryState.Of(desk.Directory) switch
        {
            DirectoryState.Present => await CaptureAsync(desk.Directory, desk.IndexFile, seed, committed, cancellationToken),
            DirectoryState.Missing => null,
            DirectoryState.Replaced => throw new CloisterException(
                "workspace.replaced", $"{desk.Directory} is no longer a directory of ours but a link or a file", "see where it leads, then put it back"),
        };

    private async Task<CapturedTree> CaptureAsync(GitPlace place, string? committed, int depth, CancellationToken cancellationToken)
    {
        var notKept = new List<string>();
        var nested = await NestedRepositoriesAsync(place, cancellationToken);
        var submodules = await SubmodulesAsync(place, cancellationToken);
        await AddAsync(place, [.. nested, .. submodules], notKept, cancellationToken);
        await RecordSubmodulesAsync(place, submodules, cancellationToken);
        foreach (var path in nested)
            await AddNestedAsync(place, path, depth + 1, notKept, cancellationToken);
        if (committed is not null)
            await AddCommittedAsync(place, committed, notKept, cancellationToken);
        var tree = await content.Git.RunAsync(place, GitCommand.Bulk("write-tree"), cancellationToken);
        return new CapturedTree(tree.Text, notKept.Count == 0 ? null : string.Join("; ", notKept));
    }

    // git lists a directory that is a repository by its name and a slash, and does not look inside.
    private async Task<List<byte[]>> NestedRepositoriesAsync(GitPlace place, CancellationToken cancellationToken)
    {
        var others = await content.Git.RunAsync(place, GitCommand.Bulk("ls-files", "-z", "--others", "--exclude-standard"), cancellationToken);
        return [.. others.Fields.Where(path => path.Length > 1 && path.Span[^1] == '/').Select(path => path[..^1].ToArray())];
    }

    private async Task<List<byte[]>> SubmodulesAsync(GitPlace place, CancellationToken cancellationToken)
    {
        var staged = await content.Git.RunAsync(place, GitCommand.Bulk("ls-files", "-z", "--stage"), cancellationToken);
        var found = new List<byte[]>();
        foreach (var entry in staged.Fields.Where(entry => entry.Span.StartsWith("160000 "u8)))
        {
            var path = entry[(entry.Span.IndexOf((byte)'\t') + 1)..].ToArray();
            if (IsVendored(place.WorkTree!, path))
                await ForgetAsync(place, path, cancellationToken);
            else
                found.Add(path);
        }
        return found;
    }

    // A submodule's directory with files but without its .git has become ordinary content.
    private static bool IsVendored(string workTree, byte[] path)
    {
        if (Decode(path) is not { } relative || new DirectoryInfo(Path.Combine(workTree, relative)) is not { Exists: true, LinkTarget: null } directory)
            return false;
        return !Path.Exists(Path.Combine(directory.FullName, ".git")) && directory.EnumerateFileSystemInfos().Any();
    }

    private Task<GitResult> ForgetAsync(GitPlace place, byte[] path, CancellationToken cancellationToken) =>
        content.Git.RunAsync(place, new GitCommand("update-index", "--force-remove", "-z", "--stdin") { Input = Joined([path]) }, cancellationToken);

    private async Task AddAsync(GitPlace place, List<byte[]> excluded, List<string> notKept, CancellationToken cancellationToken)
    {
        // Submodules are left out because git would run itself inside of them, with their configuration.
        var pathspecs = Joined([":/"u8.ToArray(), .. excluded.Select(path => (byte[])[.. ":(exclude,top,literal)"u8, .. path])]);
        var command = GitCommand.Bulk("add", "--all", "--ignore-errors", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul") with { Input = pathspecs };
        var added = await content.Git.TryAsync(place, command, cancellationToken);
        // 1 means that single files could not be read: the rest is kept, and the workspace stays.
        if (added.ExitCode == 1)
            notKept.Add("unreadable files: " + added.Error.Trim());
        else if (!added.Succeeded)
            throw Git.Failed(command, $"exit {added.ExitCode}", added.Error);
    }

    // A file that git ignores and the agent committed all the same is work; once our index has it, it is followed like any other.
    private async Task AddCommittedAsync(GitPlace place, string committed, List<string> notKept, CancellationToken cancellationToken)
    {
        // A commit that is not there any more has no files.
        var missing = await content.Git.TryAsync(place, GitCommand.Bulk("diff-index", "--cached", "-z", "--name-only", "--no-renames", "--diff-filter=D", committed), cancellationToken);
        var there = missing.Succeeded ? missing.Fields.Select(path => path.ToArray()).Where(path => IsFile(place.WorkTree!, path)).ToList() : [];
        if (there.Count == 0)
            return;
        var added = await content.Git.TryAsync(place, new GitCommand("update-index", "--add", "-z", "--stdin") { Input = Joined(there) }, cancellationToken);
        if (!added.Succeeded)
            notKept.Add("committed files that git ignores: " + added.Error.Trim());
    }

    private static bool IsFile(string workTree, byte[] path)
    {
        if (Decode(path) is not { } relative)
            return false;
        using var file = FileBeneath.TryOpen(workTree, relative).File;
        return file is not null;
    }

    private async Task RecordSubmodulesAsync(GitPlace place, List<byte[]> submodules, CancellationToken cancellationToken)
    {
        if (submodules.Count == 0)
            return;
        var command = GitCommand.Bulk("update-index", "--remove", "--replace", "-z", "--stdin") with { Input = Joined(submodules) };
        await content.Git.RunAsync(place, command, cancellationToken);
    }

    private async Task AddNestedAsync(GitPlace outer, byte[] path, int depth, List<string> notKept, CancellationToken cancellationToken)
    {
        if (depth > MaxNestedDepth || Decode(path) is not { } relative)
        {
            notKept.Add($"the repository at {Encoding.UTF8.GetString(path)}");
            return;
        }
        var index = $"{outer.IndexFile}.{depth}";
        try
        {
            var inner = outer with { WorkTree = Path.Combine(outer.WorkTree!, relative), IndexFile = index };
            var captured = await CaptureAsync(inner, committed: null, depth, cancellationToken);
            if (captured.NotKept is { } missing)
                notKept.Add($"{relative}: {missing}");
            var listing = await content.Git.RunAsync(inner, GitCommand.Bulk("ls-tree", "-r", "-z", captured.Tree), cancellationToken);
            var grafted = Joined(listing.Fields.Select(entry => Prefixed(entry, path)));
            await content.Git.RunAsync(outer, GitCommand.Bulk("update-index", "-z", "--index-info") with { Input = grafted }, cancellationToken);
        }
        finally
        {
            File.Delete(index);
        }
    }

    // "mode type id TAB path" with the nested directory put before the path.
    private static byte[] Prefixed(ReadOnlyMemory<byte> entry, byte[] directory)
    {
        var tab = entry.Span.IndexOf((byte)'\t') + 1;
        return [.. entry.Span[..tab], .. directory, (byte)'/', .. entry.Span[tab..]];
    }

    private static byte[] Joined(IEnumerable<byte[]> fields)
    {
        using var bytes = new MemoryStream();
        foreach (var field in fields)
        {
            bytes.Write(field);
            bytes.WriteByte(0);
        }
        return bytes.ToArray();
    }

    private static string? Decode(byte[] path)
    {
        try
        {
            return StrictUtf8.GetString(path);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

/// <summary>A directory as a tree, and what of it could not be kept.</summary>
internal sealed record CapturedTree(string Tree, string? NotKept);
