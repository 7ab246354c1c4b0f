using System.Collections.Frozen;

namespace Cloister.Runs;

/// <summary>What moves a task from one state to another.</summary>
internal enum TaskMove
{
    /// <summary>The scheduler claims an attempt.</summary>
    Claim,

    /// <summary>The agent answered for the first time.</summary>
    Begin,

    /// <summary>The agent waits for a person.</summary>
    Ask,

    /// <summary>Nothing it asked is open any more.</summary>
    Answer,

    /// <summary>Succeeded with changes to merge.</summary>
    Present,

    /// <summary>Succeeded with nothing to merge, or nothing that needs a look.</summary>
    Complete,

    /// <summary>Ended without success.</summary>
    Fail,

    /// <summary>Goes back to the queue: a retry, parked or paused.</summary>
    Requeue,

    /// <summary>A person stopped it.</summary>
    Stop,

    /// <summary>Will not run.</summary>
    Skip,

    /// <summary>Its commits are on the integration branch.</summary>
    Merge,

    /// <summary>A person wants it done again.</summary>
    Retry,

    /// <summary>A planned task is to be done by an agent.</summary>
    Release,

    /// <summary>Whoever asked does it themselves.</summary>
    HandOut,
}

/// <summary>The life cycle of a task, as a table. Every state change of the engine is one cell of it.</summary>
internal static class TaskMachine
{
    private static readonly FrozenDictionary<(TaskState From, TaskMove Move), TaskState> Table =
        new Dictionary<(TaskState, TaskMove), TaskState>
        {
            [(TaskState.Queued, TaskMove.Claim)] = TaskState.Starting,
            [(TaskState.Queued, TaskMove.Requeue)] = TaskState.Queued,
            [(TaskState.Queued, TaskMove.Skip)] = TaskState.Skipped,
            [(TaskState.Queued, TaskMove.Stop)] = TaskState.Stopped,
            [(TaskState.Queued, TaskMove.Fail)] = TaskState.Failed,
            [(TaskState.Queued, TaskMove.Complete)] = TaskState.Done,

            [(TaskState.Starting, TaskMove.Begin)] = TaskState.Working,
            [(TaskState.Starting, TaskMove.Ask)] = TaskState.NeedsInput,
            [(TaskState.Starting, TaskMove.Fail)] = TaskState.Failed,
            [(TaskState.Starting, TaskMove.Requeue)] = TaskState.Queued,
            [(TaskState.Starting, TaskMove.Stop)] = TaskState.Stopped,

            [(TaskState.Working, TaskMove.Begin)] = TaskState.Working,
            [(TaskState.Working, TaskMove.Ask)] = TaskState.NeedsInput,
            [(TaskState.Working, TaskMove.Present)] = TaskState.Review,
            [(TaskState.Working, TaskMove.Complete)] = TaskState.Done,
            [(TaskState.Working, TaskMove.Fail)] = TaskState.Failed,
            [(TaskState.Working, TaskMove.Requeue)] = TaskState.Queued,
            [(TaskState.Working, TaskMove.Stop)] = TaskState.Stopped,

            [(TaskState.NeedsInput, TaskMove.Ask)] = TaskState.NeedsInput,
            [(TaskState.NeedsInput, TaskMove.Begin)] = TaskState.NeedsInput,
            [(TaskState.NeedsInput, TaskMove.Answer)] = TaskState.Working,
            [(TaskState.NeedsInput, TaskMove.Fail)] = TaskState.Failed,
            [(TaskState.NeedsInput, TaskMove.Requeue)] = TaskState.Queued,
            [(TaskState.NeedsInput, TaskMove.Stop)] = TaskState.Stopped,

            [(TaskState.Review, TaskMove.Merge)] = TaskState.Merged,
            [(TaskState.Review, TaskMove.Retry)] = TaskState.Queued,
            [(TaskState.Done, TaskMove.Merge)] = TaskState.Merged,
            [(TaskState.Done, TaskMove.Retry)] = TaskState.Queued,
            [(TaskState.Failed, TaskMove.Retry)] = TaskState.Queued,
            [(TaskState.Stopped, TaskMove.Retry)] = TaskState.Queued,
            [(TaskState.Skipped, TaskMove.Retry)] = TaskState.Queued,

            [(TaskState.Planned, TaskMove.Release)] = TaskState.Queued,
            [(TaskState.Planned, TaskMove.HandOut)] = TaskState.HandedOut,
            [(TaskState.Planned, TaskMove.Complete)] = TaskState.Done,
            [(TaskState.Planned, TaskMove.Stop)] = TaskState.Stopped,
            [(TaskState.Failed, TaskMove.Release)] = TaskState.Queued,
            [(TaskState.Stopped, TaskMove.Release)] = TaskState.Queued,
            [(TaskState.Skipped, TaskMove.Release)] = TaskState.Queued,
            [(TaskState.Failed, TaskMove.HandOut)] = TaskState.HandedOut,
            [(TaskState.Stopped, TaskMove.HandOut)] = TaskState.HandedOut,
            [(TaskState.Skipped, TaskMove.HandOut)] = TaskState.HandedOut,

            [(TaskState.HandedOut, TaskMove.HandOut)] = TaskState.HandedOut,
            [(TaskState.HandedOut, TaskMove.Release)] = TaskState.Queued,
            [(TaskState.HandedOut, TaskMove.Complete)] = TaskState.Done,
            [(TaskState.HandedOut, TaskMove.Fail)] = TaskState.Failed,
            [(TaskState.HandedOut, TaskMove.Stop)] = TaskState.Stopped,
        }.ToFrozenDictionary();

    /// <summary>Every move there is, for the picture in the documentation.</summary>
    public static IEnumerable<(TaskState From, TaskMove Move, TaskState To)> Moves =>
        Table.Select(cell => (cell.Key.From, cell.Key.Move, cell.Value)).OrderBy(cell => cell);

    public static bool Allows(TaskState from, TaskMove move) => Table.ContainsKey((from, move));

    /// <exception cref="InvalidOperationException">The journal holds a move the table does not: a bug, never an input error.</exception>
    public static TaskState Next(TaskState from, TaskMove move) =>
        Table.TryGetValue((from, move), out var to)
            ? to
            : throw new InvalidOperationException($"a task that is {from} cannot {move}");

    /// <summary>True when nothing more happens to a task in this state without a person.</summary>
    public static bool IsEnd(TaskState state) => state switch
    {
        TaskState.Planned or TaskState.HandedOut => false,
        TaskState.Queued or TaskState.Starting or TaskState.Working or TaskState.NeedsInput => false,
        TaskState.Review or TaskState.Merged or TaskState.Done => true,
        TaskState.Failed or TaskState.Stopped or TaskState.Skipped => true,
    };

    /// <summary>True when tasks that need this one may start.</summary>
    public static bool IsSuccess(TaskState state) => state switch
    {
        TaskState.Review or TaskState.Merged or TaskState.Done => true,
        TaskState.Planned or TaskState.HandedOut => false,
        TaskState.Queued or TaskState.Starting or TaskState.Working or TaskState.NeedsInput => false,
        TaskState.Failed or TaskState.Stopped or TaskState.Skipped => false,
    };
}
