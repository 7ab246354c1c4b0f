using System.Runtime.CompilerServices;
using Cloister.Runs;

namespace Cloister.Tests.Simulation;

/// <summary>One engine's connection to the disk: it takes its time before and after every operation, and ends with its engine.</summary>
internal sealed class SimulatedStore(World world, EngineLife life) : IRunStore
{
    public string InstanceId => world.Disk.InstanceId;

    public Task<int> NextNumberAsync(string sequence, CancellationToken cancellationToken) =>
        PerformAsync($"number {sequence}", () => world.Disk.NextNumberAsync(sequence, cancellationToken), cancellationToken);

    public Task<long> AppendAsync(
        RunId run, RunView? before, IReadOnlyList<RunEvent> events, RunView after, DateTimeOffset at, CancellationToken cancellationToken) =>
        PerformAsync($"append to {run}", () => world.Disk.AppendAsync(run, before, events, after, at, cancellationToken), cancellationToken);

    public IAsyncEnumerable<StoredEvent> ReadAsync(RunId run, long afterPosition, CancellationToken cancellationToken) =>
        ReadAsync(world.Disk.ReadAsync(run, afterPosition, cancellationToken), cancellationToken);

    public IAsyncEnumerable<StoredEvent> ReadAllAsync(long afterSequence, CancellationToken cancellationToken) =>
        ReadAsync(world.Disk.ReadAllAsync(afterSequence, cancellationToken), cancellationToken);

    public Task<long> NewestSequenceAsync(CancellationToken cancellationToken) =>
        LookAsync(() => world.Disk.NewestSequenceAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyList<(RunId Run, RunPhase Phase, bool Removed)>> ListRunsAsync(CancellationToken cancellationToken) =>
        LookAsync(() => world.Disk.ListRunsAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RunSummary>> SummariesAsync(bool all, CancellationToken cancellationToken) =>
        LookAsync(() => world.Disk.SummariesAsync(all, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RunId>> RunsInReviewAsync(CancellationToken cancellationToken) =>
        LookAsync(() => world.Disk.RunsInReviewAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RunId>> RunsWithWorkspacesAsync(CancellationToken cancellationToken) =>
        LookAsync(() => world.Disk.RunsWithWorkspacesAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RunId>> RunsWithOpenSessionsAsync(CancellationToken cancellationToken) =>
        LookAsync(() => world.Disk.RunsWithOpenSessionsAsync(cancellationToken), cancellationToken);

    public Task<RunId?> FindSessionAsync(string name, CancellationToken cancellationToken) =>
        LookAsync(() => world.Disk.FindSessionAsync(name, cancellationToken), cancellationToken);

    public Task<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        LookAsync(() => world.Disk.FindByKeyAsync(idempotencyKey, cancellationToken), cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<T> PerformAsync<T>(string what, Func<Task<T>> operation, CancellationToken cancellationToken)
    {
        await life.ActAsync(what, cancellationToken);
        var result = await operation();
        // Killed here, what was written stays written and nobody hears of it.
        await life.ActAsync(what, CancellationToken.None);
        return result;
    }

    private async Task<T> LookAsync<T>(Func<Task<T>> operation, CancellationToken cancellationToken)
    {
        await life.ServeAsync(cancellationToken);
        return await operation();
    }

    private async IAsyncEnumerable<StoredEvent> ReadAsync(
        IAsyncEnumerable<StoredEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await life.ServeAsync(cancellationToken);
        await foreach (var stored in events.WithCancellation(cancellationToken))
            yield return stored;
    }
}
