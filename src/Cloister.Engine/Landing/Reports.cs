using Cloister.Processes;
using Cloister.Runs;

namespace Cloister.Landing;

/// <summary>Whose changes to show.</summary>
/// <param name="Run">The run.</param>
/// <param name="Task">One task of it; null: its integration branch against the base.</param>
/// <param name="FromAttempt">Compare from this attempt's work; null: from the base.</param>
/// <param name="ToAttempt">To this attempt's work; null: the newest.</param>
public sealed record DiffRequest(RunId Run, string? Task, int? FromAttempt = null, int? ToAttempt = null);

/// <summary>Changes between two commits.</summary>
/// <param name="From">Base commit.</param>
/// <param name="To">Commit with the work.</param>
/// <param name="Files">Changed files with their line counts.</param>
/// <param name="Patch">Unified diff, up to a limit. Untrusted text.</param>
/// <param name="Truncated">True when the patch was longer than the limit.</param>
public sealed record DiffReport(string From, string To, IReadOnlyList<ChangedFile> Files, string Patch, bool Truncated);

/// <summary>A changed file. Binary files have no line counts.</summary>
/// <param name="Path">Where. Untrusted text.</param>
/// <param name="Status">git's letter: A, M, D, R, T.</param>
/// <param name="Added">Lines added.</param>
/// <param name="Removed">Lines removed.</param>
public sealed record ChangedFile(string Path, string Status, int? Added, int? Removed)
{
    /// <summary>Where it was before, when it was renamed. Untrusted text.</summary>
    public string? OldPath { get; init; }
}

/// <summary>A request to merge finished tasks.</summary>
/// <param name="Run">The run.</param>
/// <param name="Tasks">Which of its tasks, in this order; empty: all that are ready, in plan order.</param>
/// <param name="PreviewOnly">Only say what would happen.</param>
public sealed record MergeRequest(RunId Run, IReadOnlyList<string> Tasks, bool PreviewOnly);

/// <summary>What a merge did, or would do.</summary>
/// <param name="Branch">The integration branch.</param>
/// <param name="BranchCommit">Where it is now; null while it does not exist.</param>
/// <param name="Changed">True when the branch was moved.</param>
/// <param name="Cars">Each task in order.</param>
/// <param name="Checks">Checks that ran on the result.</param>
public sealed record MergeReport(
    string Branch, string? BranchCommit, bool Changed, IReadOnlyList<MergeCar> Cars, IReadOnlyList<CommandResult> Checks)
{
    /// <summary>Tasks that were asked for by name and are on the branch since an earlier merge.</summary>
    public IReadOnlyList<string> Already { get; init; } = [];
}

/// <summary>One task in a merge train.</summary>
/// <param name="Task">The task.</param>
/// <param name="Commit">Its commit on the integration branch; null when it does not merge.</param>
/// <param name="Files">Files it changes.</param>
/// <param name="Added">Lines added.</param>
/// <param name="Removed">Lines removed.</param>
/// <param name="Conflicts">Where it conflicts; empty when it is clean.</param>
public sealed record MergeCar(string Task, string? Commit, int Files, int Added, int Removed, IReadOnlyList<MergeConflict> Conflicts)
{
    /// <summary>The task whose commit holds its work, because that task was built on it; null: it has one of its own.</summary>
    public string? With { get; init; }

    /// <summary>How many more files conflict than these.</summary>
    public int MoreConflicts { get; init; }

    /// <summary>With conflicts: every task of the run whose work, there before, changed one of those files.</summary>
    public IReadOnlyList<string> Against { get; init; } = [];
}

/// <summary>A file two changes disagree about.</summary>
/// <param name="Path">The file. Untrusted text.</param>
/// <param name="With">The task that was merged before and touched it, where known.</param>
public sealed record MergeConflict(string Path, string? With)
{
    /// <summary>Which lines; empty when it is not about lines (deleted, binary, renamed).</summary>
    public IReadOnlyList<ConflictRange> Ranges { get; init; } = [];
}

/// <summary>Lines of the branch's version and of the task's that exclude each other; an empty side has its last line before its first.</summary>
/// <param name="OursFirst">First line in the branch's version.</param>
/// <param name="OursLast">Last line in the branch's version.</param>
/// <param name="TheirsFirst">First line in the task's version.</param>
/// <param name="TheirsLast">Last line in the task's version.</param>
public readonly record struct ConflictRange(int OursFirst, int OursLast, int TheirsFirst, int TheirsLast);

/// <summary>What landing did.</summary>
/// <param name="Branch">The base branch.</param>
/// <param name="Commit">Where it is now.</param>
/// <param name="CheckoutUpdated">True when the branch was checked out and the user's files were updated with it.</param>
public sealed record LandReport(string Branch, string Commit, bool CheckoutUpdated);
