using System.Text;

namespace Cloister.Workspaces;

/// <summary>Finds the markers of conflicts that we laid, by the commits they name: a file's own text may look like markers.</summary>
internal sealed class ConflictMarkers(ContentRepository content)
{
    // The length of git's own.
    private const int Length = 7;

    /// <summary>The line that opens the side of a commit.</summary>
    public static string Opening(string commit) => Marker('<', commit);

    /// <summary>The line that closes the side of a commit.</summary>
    public static string Closing(string commit) => Marker('>', commit);

    /// <summary>Files of the commit in which such a line is left, wherever they lie now.</summary>
    public Task<IReadOnlyList<string>> LeftInAsync(string commit, LaidConflicts conflicts, CancellationToken cancellationToken) =>
        HoldingAsync(commit, conflicts.Sides.SelectMany(side => new[] { Opening(side.Commit), Closing(side.Commit) }), [], cancellationToken);

    /// <summary>Those of the files, of a commit or a tree, that hold one of the lines.</summary>
    /// <param name="commit">Where to look.</param>
    /// <param name="lines">What to look for.</param>
    /// <param name="paths">Only among these; empty: among all.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public async Task<IReadOnlyList<string>> HoldingAsync(string commit, IEnumerable<string> lines, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var wanted = lines.SelectMany(line => new[] { "-e", line });
        var among = paths.Select(path => $":(top,literal){path}");
        var command = GitCommand.Bulk(["grep", "-l", "-z", "-a", "--fixed-strings", "--no-recurse-submodules", .. wanted, commit, "--", .. among]);
        var found = await content.TryAsync(command, cancellationToken);
        return found.ExitCode switch
        {
            // "commit:path"
            0 => [.. found.Fields.Select(field => Encoding.UTF8.GetString(field.Span)[(commit.Length + 1)..])],
            1 => [],
            _ => throw Git.Failed(command, $"exit {found.ExitCode}", found.Error),
        };
    }

    private static string Marker(char sign, string name) => $"{new string(sign, Length)} {name}";
}
