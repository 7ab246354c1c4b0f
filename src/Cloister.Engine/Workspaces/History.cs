using System.Globalization;
using System.Text;

namespace Cloister.Workspaces;

/// <summary>Reads and adds commits; refs are elsewhere.</summary>
internal sealed class History(ContentRepository content)
{
    private const int MaxTextBytes = 8 * 1024 * 1024;

    /// <summary>The trees of the commits, by commit id; a commit that does not exist is left out.</summary>
    public async Task<IReadOnlyDictionary<string, string>> TreesAsync(IEnumerable<string> commits, CancellationToken cancellationToken)
    {
        var asked = commits.Distinct(StringComparer.Ordinal).ToArray();
        var questions = string.Concat(asked.Select(commit => commit + "^{tree}\n"));
        var command = new GitCommand("cat-file", "--batch-check=%(objectname)") { Input = Encoding.UTF8.GetBytes(questions) };
        // A line for each; what cannot be found is repeated, with a word about why not.
        var answers = (await content.RunAsync(command, cancellationToken)).Lines;
        return asked.Zip(answers).Where(pair => !pair.Second.Contains(' ', StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
    }

    public async Task<string> TreeOfAsync(string commit, CancellationToken cancellationToken) =>
        (await content.RunAsync(new GitCommand("rev-parse", "--verify", "--end-of-options", commit + "^{tree}"), cancellationToken)).Text;

    public async Task<string[]> ParentsOfAsync(string commit, CancellationToken cancellationToken) =>
        (await content.RunAsync(new GitCommand("log", "-1", "--format=%P", "--end-of-options", commit), cancellationToken)).Text
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public async Task<bool> IsAncestorAsync(string ancestor, string commit, CancellationToken cancellationToken)
    {
        if (ancestor == commit)
            return true;
        var command = GitCommand.Bulk("merge-base", "--is-ancestor", ancestor, commit);
        var result = await content.TryAsync(command, cancellationToken);
        return result.ExitCode switch
        {
            0 => true,
            1 => false,
            _ => throw Git.Failed(command, $"exit {result.ExitCode}", result.Error),
        };
    }

    /// <summary>Those of some commits that another contains.</summary>
    public async Task<HashSet<string>> AncestorsAsync(IEnumerable<string> among, string commit, CancellationToken cancellationToken)
    {
        var asked = among.ToHashSet(StringComparer.Ordinal);
        if (asked.Count == 0)
            return asked;
        var outside = await content.RunAsync(GitCommand.Bulk(["rev-list", .. asked, "--not", commit]), cancellationToken);
        asked.ExceptWith(outside.Lines);
        return asked;
    }

    /// <summary>Those of some commits that contain another.</summary>
    public async Task<HashSet<string>> DescendantsAsync(string commit, IEnumerable<string> among, CancellationToken cancellationToken)
    {
        var asked = among.ToHashSet(StringComparer.Ordinal);
        if (asked.Count == 0)
            return asked;
        var between = await content.RunAsync(GitCommand.Bulk(["rev-list", "--ancestry-path", .. asked, "--not", commit]), cancellationToken);
        asked.IntersectWith(between.Lines.Append(commit));
        return asked;
    }

    /// <summary>Where two commits parted; null when they have nothing in common.</summary>
    public async Task<string?> ForkAsync(string one, string other, CancellationToken cancellationToken)
    {
        var command = GitCommand.Bulk("merge-base", one, other);
        var result = await content.TryAsync(command, cancellationToken);
        return result.ExitCode switch
        {
            0 => result.Text,
            1 => null,
            _ => throw Git.Failed(command, $"exit {result.ExitCode}", result.Error),
        };
    }

    /// <summary>The given commits without those that another of them contains, in the given order.</summary>
    public async Task<IReadOnlyList<string>> IndependentAsync(IEnumerable<string> commits, CancellationToken cancellationToken)
    {
        var distinct = commits.Distinct(StringComparer.Ordinal).ToArray();
        if (distinct.Length < 2)
            return distinct;
        var kept = await content.RunAsync(GitCommand.Bulk(["merge-base", "--independent", .. distinct]), cancellationToken);
        var lines = kept.Lines.ToHashSet(StringComparer.Ordinal);
        return [.. distinct.Where(lines.Contains)];
    }

    /// <summary>Writes a commit; the same arguments at the same instant give the same commit.</summary>
    public async Task<string> CommitAsync(
        string tree, IReadOnlyList<string> parents, string message, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var arguments = parents.SelectMany(parent => new[] { "-p", parent });
        var date = string.Create(CultureInfo.InvariantCulture, $"@{at.ToUnixTimeSeconds()} +0000");
        var command = new GitCommand(["commit-tree", tree, .. arguments, "-F", "-"])
        {
            Input = Encoding.UTF8.GetBytes(message.Replace('\0', ' ')),
            Environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["GIT_AUTHOR_NAME"] = content.Identity.Name,
                ["GIT_AUTHOR_EMAIL"] = content.Identity.Email,
                ["GIT_AUTHOR_DATE"] = date,
                ["GIT_COMMITTER_NAME"] = content.Identity.Name,
                ["GIT_COMMITTER_EMAIL"] = content.Identity.Email,
                ["GIT_COMMITTER_DATE"] = date,
            },
        };
        return (await content.RunAsync(command, cancellationToken)).Text;
    }

    public async Task<DateTimeOffset> CommittedAtAsync(string commit, CancellationToken cancellationToken)
    {
        var seconds = await content.RunAsync(new GitCommand("log", "-1", "--format=%ct", "--end-of-options", commit), cancellationToken);
        return DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds.Text, CultureInfo.InvariantCulture));
    }

    /// <summary>Merges two commits without a working tree.</summary>
    public async Task<TreeMerge> MergeAsync(string ours, string theirs, CancellationToken cancellationToken)
    {
        var command = GitCommand.Bulk("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories", ours, theirs);
        var result = await content.TryAsync(command, cancellationToken);
        // 0 is clean, 1 has conflicts; in both the first field is the merged tree, the rest the conflicting paths.
        if (result.ExitCode is not (0 or 1))
            throw Git.Failed(command, $"exit {result.ExitCode}", result.Error);
        var fields = result.Fields.Select(field => Encoding.UTF8.GetString(field.Span)).ToArray();
        return new TreeMerge(fields[0], result.Succeeded ? [] : [.. fields.Skip(1).Where(path => path.Length > 0).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>A text file of a tree; null when it is not there, binary or larger than anyone's source file.</summary>
    public async Task<string?> TextAsync(string tree, string path, CancellationToken cancellationToken)
    {
        var file = await content.TryAsync(new GitCommand("cat-file", "blob", $"{tree}:{path}") { OutputLimit = MaxTextBytes }, cancellationToken);
        return file is { Succeeded: true, Truncated: false } && !file.Output.Span.Contains((byte)0) ? Encoding.UTF8.GetString(file.Output.Span) : null;
    }

    public async Task<HashSet<string>> ChangedPathsAsync(string from, string to, CancellationToken cancellationToken)
    {
        var command = GitCommand.Bulk("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", from, to);
        var listing = await content.RunAsync(command, cancellationToken);
        return listing.Fields.Select(path => Encoding.UTF8.GetString(path.Span)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Files and lines that differ between two commits.</summary>
    public async Task<DiffTotals> TotalsAsync(string from, string to, CancellationToken cancellationToken)
    {
        if (from == to)
            return new DiffTotals(0, 0, 0);
        var command = GitCommand.Bulk(
            "diff-tree", "-r", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", from, to);
        var listing = await content.RunAsync(command, cancellationToken);
        var (files, added, removed) = (0, 0, 0);
        foreach (var field in listing.Fields)
        {
            // "added TAB removed TAB path"; a binary file has dashes.
            var columns = Encoding.UTF8.GetString(field.Span).Split('\t', 3);
            files++;
            added += int.TryParse(columns[0], NumberStyles.None, CultureInfo.InvariantCulture, out var plus) ? plus : 0;
            removed += int.TryParse(columns[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minus) ? minus : 0;
        }
        return new DiffTotals(files, added, removed);
    }
}

/// <summary>A merge that was computed and not done.</summary>
/// <param name="Tree">The merged tree; with conflicts it holds their markers.</param>
/// <param name="Conflicts">Paths that do not merge.</param>
internal sealed record TreeMerge(string Tree, IReadOnlyList<string> Conflicts);

/// <summary>The size of a difference.</summary>
internal readonly record struct DiffTotals(int Files, int Added, int Removed);
