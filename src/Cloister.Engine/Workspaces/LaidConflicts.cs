using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>Work that does not merge, put together all the same: git's conflict markers lie in the workspace for its agent to settle.</summary>
/// <param name="Files">What both sides changed.</param>
/// <param name="Sides">What the names in the markers stand for.</param>
public sealed record LaidConflicts(IReadOnlyList<ConflictedFile> Files, IReadOnlyList<ConflictSide> Sides)
{
    /// <summary>As many as a person would read; all of them lie in the workspace.</summary>
    internal const int MostFiles = 100;

    /// <summary>How many more files there are than these.</summary>
    public int MoreFiles { get; init; }

    /// <summary>Whose work excludes each other: who changed the files, or both sides where none of them is known by its name.</summary>
    internal IReadOnlyList<TaskRef> Involved =>
        [.. Files.SelectMany(file => file.Tasks).Distinct() is var known && known.Any() ? known : Sides.SelectMany(side => side.Tasks).Distinct()];

    /// <summary>Both of them, where there are two.</summary>
    internal static LaidConflicts? Joined(LaidConflicts? one, LaidConflicts? other) => (one, other) switch
    {
        (null, _) => other,
        (_, null) => one,
        _ => Limited(
            [.. one.Files.Where(file => other.Files.All(later => later.Path != file.Path)), .. other.Files],
            [.. one.Sides.UnionBy(other.Sides, side => side.Commit, StringComparer.Ordinal)],
            one.MoreFiles + other.MoreFiles),
    };

    private static LaidConflicts Limited(List<ConflictedFile> files, IReadOnlyList<ConflictSide> sides, int more) =>
        new([.. files.Take(MostFiles)], sides) { MoreFiles = more + Math.Max(0, files.Count - MostFiles) };

    /// <summary>In one line for people.</summary>
    internal string Line => Named.FirstOf(
        [.. Files.Select(file => file.Tasks.Count == 0 ? file.Path : $"{file.Path} ({Named.FirstOf([.. file.Tasks.Select(task => task.Task)])})")], "; ", MoreFiles);
}

/// <summary>A file that two sides changed in ways that exclude each other.</summary>
/// <param name="Path">Where. Untrusted text.</param>
/// <param name="Tasks">The tasks that changed it, as far as they are needed here.</param>
/// <param name="HasMarkers">False when it is not about lines: deleted, renamed or binary. Then no marker says that it is not settled.</param>
public sealed record ConflictedFile(string Path, IReadOnlyList<TaskRef> Tasks, bool HasMarkers);

/// <summary>One side of a conflict.</summary>
/// <param name="Commit">The name that its markers bear.</param>
/// <param name="Tasks">Whose work it is; empty: what was in the workspace before.</param>
public sealed record ConflictSide(string Commit, IReadOnlyList<TaskRef> Tasks);
