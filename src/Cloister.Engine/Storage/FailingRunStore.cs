using System.Runtime.CompilerServices;
using Cloister.Runs;

namespace Cloister.Storage;

/// <summary>
/// A store that fails once, at its n-th operation: before the operation did anything, or after it did everything and only its answer was
/// lost. Running a story once for every n shows whether it holds wherever the disk gives up.
/// </summary>
/// <param name="inner">The store that does the work; disposed with this one.</param>
/// <param name="failAt">Which operation fails, from 1; 0: none.</param>
/// <param name="afterEffect">True: the operation happens, and fails all the same.</param>
/// <param name="code">The <c>store.*</c> code it fails with.</param>
internal sealed class FailingRunStore(IRunStore inner, int failAt, bool afterEffect, string code = StoreErrors.InputOutput) : IRunStore
{
    private int _operations;

    public string InstanceId => inner.InstanceId;

    /// <summary>Operations so far, for the bound of a loop over all of them.</summary>
    public int Operations => Volatile.Read(ref _operations);

    public Task<int> NextNumberAsync(string sequence, CancellationToken cancellationToken) =>
        PerformAsync(() => inner.NextNumberAsync(sequence, cancellationToken));

    public Task<long> AppendAsync(
        RunId run, RunView? before, IReadOnlyList<RunEvent> events, RunView after, DateTimeOffset at, CancellationToken cancellationToken) =>
        PerformAsync(() => inner.AppendAsync(run, before, events, after, at, cancellationToken));

    public IAsyncEnumerable<StoredEvent> ReadAsync(RunId run, long afterPosition, CancellationToken cancellationToken) =>
        ReadThroughAsync(inner.ReadAsync(run, afterPosition, cancellationToken), cancellationToken);

    public IAsyncEnumerable<StoredEvent> ReadAllAsync(long afterSequence, CancellationToken cancellationToken) =>
        ReadThroughAsync(inner.ReadAllAsync(afterSequence, cancellationToken), cancellationToken);

    public Task<long> NewestSequenceAsync(CancellationToken cancellationToken) =>
        PerformAsync(() => inner.NewestSequenceAsync(cancellationToken));

    public Task<IReadOnlyList<(RunId Run, RunPhase Phase, bool Removed)>> ListRunsAsync(CancellationToken cancellationToken) =>
        PerformAsync(() => inner.ListRunsAsync(cancellationToken));

    public Task<IReadOnlyList<RunSummary>> SummariesAsync(bool all, CancellationToken cancellationToken) =>
        PerformAsync(() => inner.SummariesAsync(all, cancellationToken));

    public Task<IReadOnlyList<RunId>> RunsInReviewAsync(CancellationToken cancellationToken) =>
        PerformAsync(() => inner.RunsInReviewAsync(cancellationToken));

    public Task<IReadOnlyList<RunId>> RunsWithWorkspacesAsync(CancellationToken cancellationToken) =>
        PerformAsync(() => inner.RunsWithWorkspacesAsync(cancellationToken));

    public Task<IReadOnlyList<RunId>> RunsWithOpenSessionsAsync(CancellationToken cancellationToken) =>
        PerformAsync(() => inner.RunsWithOpenSessionsAsync(cancellationToken));

    public Task<RunId?> FindSessionAsync(string name, CancellationToken cancellationToken) =>
        PerformAsync(() => inner.FindSessionAsync(name, cancellationToken));

    public Task<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        PerformAsync(() => inner.FindByKeyAsync(idempotencyKey, cancellationToken));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task<T> PerformAsync<T>(Func<Task<T>> operation)
    {
        var fails = Interlocked.Increment(ref _operations) == failAt;
        if (fails && !afterEffect)
            throw Failure();
        var result = await operation();
        return fails ? throw Failure() : result;
    }

    private async IAsyncEnumerable<StoredEvent> ReadThroughAsync(
        IAsyncEnumerable<StoredEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fails = Interlocked.Increment(ref _operations) == failAt;
        if (fails && !afterEffect)
            throw Failure();
        await foreach (var stored in events.WithCancellation(cancellationToken))
            yield return stored;
        if (fails)
            throw Failure();
    }

    private CloisterException Failure() => new(code, "the disk gave up, as it was asked to", "this store fails on purpose");
}
