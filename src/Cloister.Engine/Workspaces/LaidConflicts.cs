using Cloister.Runs;

namespace Cloister.Workspaces;

/// <summary>Work that does not merge, put together all the same: git's conflict markers lie in the workspace for its agent to settle.</summary>
/// <param name="Files">What both sides changed.</param>
/// <param name="Sides">What the names in the markers stand for.</param>
public sealed record LaidConflicts(IReadOnlyList<ConflictedFile> Files, IReadOnlyList<ConflictSide> Sides)
{
    /// <summary>Both of them, where there are two.</summary>
    internal static LaidConflicts? Joined(LaidConflicts? one, LaidConflicts? other) => (one, other) switch
    {
        (null, _) => other,
        (_, null) => one,
        _ => new LaidConflicts([.. one.Files.Where(file => other.Files.All(later => later.Path != file.Path)), .. other.Files], [.. one.Sides.UnionBy(other.Sides, side => side.Commit, StringComparer.Ordinal)]),
    };

    /// <summary>In one line for people.</summary>
    internal string Line => string.Join("; ", Files.Select(file => file.Tasks.Count == 0 ? file.Path : $"{file.Path} ({string.Join(", ", file.Tasks.Select(task => task.Task))})"));
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
