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
    public async Task<IReadOnlyList<string>> LeftInAsync(string commit, LaidConflicts conflicts, CancellationToken cancellationToken)
    {
        var wanted = conflicts.Sides.SelectMany(side => new[] { Opening(side.Commit), Closing(side.Commit) }).SelectMany(line => new[] { "-e", line });
        var command = GitCommand.Bulk(["grep", "-l", "-z", "-a", "--fixed-strings", "--no-recurse-submodules", .. wanted, commit]);
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
