using Cloister.Runs;

namespace Cloister.Landing;

/// <summary>A task's kept work on its way to the integration branch.</summary>
/// <param name="Task">Whose work.</param>
/// <param name="Commit">The kept commit.</param>
/// <param name="Message">What its commit on the branch will say.</param>
internal sealed record TrainCar(TaskRef Task, string Commit, string Message);

/// <summary>How work becomes commits on the integration branch.</summary>
internal enum MergeStrategy
{
    /// <summary>One commit per task, without the agent's own commits.</summary>
    Squash,

    /// <summary>A merge commit per task; the agent's commits stay visible.</summary>
    Merge,
}

/// <summary>What putting tasks on the integration branch would give; commits exist, no ref has moved.</summary>
/// <param name="Branch">The integration branch, short.</param>
/// <param name="ExpectedOld">Where it is, or null when it does not exist yet.</param>
/// <param name="Start">The commit the first task goes on top of.</param>
/// <param name="Result">The commit with all tasks that merge.</param>
/// <param name="Steps">One for each task, in order.</param>
internal sealed record MergePreview(string Branch, string? ExpectedOld, string Start, string Result, IReadOnlyList<MergeStep> Steps)
{
    public bool HasConflicts => Steps.Any(step => step.Outcome == MergeOutcome.Conflict);

    public bool ChangesAnything => Result != ExpectedOld;
}

/// <summary>What becomes of one task.</summary>
internal enum MergeOutcome
{
    Clean,

    /// <summary>It is on the branch already.</summary>
    AlreadyMerged,

    /// <summary>It changed nothing.</summary>
    Empty,

    /// <summary>It comes with another task of the train, whose work holds it.</summary>
    Carried,

    /// <summary>It was left out; the tasks after it were tried without it.</summary>
    Conflict,
}

/// <summary>One task of a preview.</summary>
/// <param name="Task">Whose work.</param>
/// <param name="Outcome">What becomes of it.</param>
/// <param name="MergedCommit">Its commit on the branch, or null when it gets none.</param>
/// <param name="Files">Files it changes there.</param>
/// <param name="Added">Lines it adds there.</param>
/// <param name="Removed">Lines it removes there.</param>
/// <param name="Conflicts">What stands in its way.</param>
internal sealed record MergeStep(
    TaskRef Task, MergeOutcome Outcome, string? MergedCommit, int Files, int Added, int Removed, IReadOnlyList<MergeConflict> Conflicts)
{
    /// <summary>The task it comes with; null: it comes by itself.</summary>
    public TaskRef? With { get; init; }

    /// <summary>How many more conflicts there are than these.</summary>
    public int MoreConflicts { get; init; }

    /// <summary>With conflicts: every task whose work, there before, changed one of those files. Which of them is in the way only a person or an agent can tell.</summary>
    public IReadOnlyList<TaskRef> Against { get; init; } = [];
}
