namespace Cloister.Runs;

/// <summary>
/// Keeps journals. An append is durable and atomic when it returns: the events, the figures in them and the rows made from the view are
/// committed together, or nothing is.
/// </summary>
internal interface IRunStore : IAsyncDisposable
{
    /// <summary>Identity of this state folder, made when it was first opened and kept also outside the database file.</summary>
    string InstanceId { get; }

    /// <summary>Takes the next number of a sequence (<c>run</c>, <c>question</c>, <c>fence</c>); a number is never given twice.</summary>
    Task<int> NextNumberAsync(string sequence, CancellationToken cancellationToken);

    /// <summary>Appends at the position the caller has seen, or refuses.</summary>
    /// <param name="run">Whose journal.</param>
    /// <param name="before">The view as the caller has folded it; null opens a new journal.</param>
    /// <param name="events">What happened, in order; at least one.</param>
    /// <param name="after">The view with <paramref name="events"/> applied, from which query rows are written in the same transaction.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellationToken">Cancels before the commit only.</param>
    /// <returns>The global sequence number of the last event, growing over all runs; the events of one append have consecutive ones.</returns>
    /// <exception cref="PositionConflictException">Somebody else has appended; read again.</exception>
    /// <exception cref="KeyTakenException">Another run was started under the same idempotency key.</exception>
    /// <exception cref="CloisterException"><c>store.*</c>: nothing was appended and nothing may be acknowledged.</exception>
    Task<long> AppendAsync(
        RunId run, RunView? before, IReadOnlyList<RunEvent> events, RunView after, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>The journal of a run after a position, in order; empty when there is no such run.</summary>
    IAsyncEnumerable<StoredEvent> ReadAsync(RunId run, long afterPosition, CancellationToken cancellationToken);

    /// <summary>All journals after a global sequence number, in commit order.</summary>
    IAsyncEnumerable<StoredEvent> ReadAllAsync(long afterSequence, CancellationToken cancellationToken);

    /// <summary>The sequence number of the last committed event of all runs; 0 when there is none.</summary>
    Task<long> NewestSequenceAsync(CancellationToken cancellationToken);

    /// <summary>Every run, oldest first, with its phase as last committed.</summary>
    Task<IReadOnlyList<(RunId Run, RunPhase Phase, bool Removed)>> ListRunsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What lists show of the runs that were not removed, newest first: of all of them, or of those in which something goes on or waits for
    /// a person: work to review, a task that failed. It costs as much as there is to show, however long the journals are.
    /// </summary>
    Task<IReadOnlyList<RunSummary>> SummariesAsync(bool all, CancellationToken cancellationToken);

    /// <summary>Runs with a task whose work waits to be merged, oldest first.</summary>
    Task<IReadOnlyList<RunId>> RunsInReviewAsync(CancellationToken cancellationToken);

    /// <summary>Runs with a task whose workspace is still there, oldest first.</summary>
    Task<IReadOnlyList<RunId>> RunsWithWorkspacesAsync(CancellationToken cancellationToken);

    /// <summary>Runs with a named session that takes tasks, oldest first.</summary>
    Task<IReadOnlyList<RunId>> RunsWithOpenSessionsAsync(CancellationToken cancellationToken);

    /// <summary>The run that a named session was opened in, or null when no session has this name.</summary>
    Task<RunId?> FindSessionAsync(string name, CancellationToken cancellationToken);

    /// <summary>The run started under this idempotency key, or null.</summary>
    Task<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken);
}

/// <summary>An event as it stands in the journal.</summary>
/// <param name="Sequence">Its place over all runs.</param>
/// <param name="Run">Whose journal.</param>
/// <param name="Position">Its place in that journal, from 1, without gaps.</param>
/// <param name="At">When it was committed.</param>
/// <param name="Event">What happened.</param>
internal sealed record StoredEvent(long Sequence, RunId Run, long Position, DateTimeOffset At, RunEvent Event);

/// <summary>The second writer of the same position: it lost, and has to read before it may speak again.</summary>
internal sealed class PositionConflictException(RunId run, long expected)
    : Exception($"the journal of {run} has moved past position {expected}");

/// <summary>Two requests under one idempotency key raced: the run that was first is the answer to both.</summary>
internal sealed class KeyTakenException(string key, RunId holder)
    : Exception($"{holder} was started under the key \"{key}\" already")
{
    /// <summary>The run that holds the key.</summary>
    public RunId Holder { get; } = holder;
}
