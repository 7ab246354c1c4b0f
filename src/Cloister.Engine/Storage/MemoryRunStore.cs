using System.Runtime.CompilerServices;
using Cloister.Runs;
using Cloister.Runs.Watching;

namespace Cloister.Storage;

/// <summary>
/// Journals in memory, for tests and for plans that are only tried out. Events are kept as the text a database would keep, so that what
/// does not survive a restart does not survive here either.
/// </summary>
internal sealed class MemoryRunStore(string instanceId) : IRunStore
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _journal = [];
    private readonly SortedDictionary<int, RunView> _runs = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RunId> _keys = new(StringComparer.Ordinal);

    public string InstanceId { get; } = instanceId;

    public Task<int> NextNumberAsync(string sequence, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return Task.FromResult(_numbers[sequence] = _numbers.GetValueOrDefault(sequence) + 1);
    }

    public Task<long> AppendAsync(
        RunId run, RunView? before, IReadOnlyList<RunEvent> events, RunView after, DateTimeOffset at, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var expectedPosition = JournalRules.Check(run, before, events, after);
        var written = events.Select(JournalJson.Write).ToList();
        lock (_lock)
        {
            if ((_runs.GetValueOrDefault(run.Number)?.Position ?? 0) != expectedPosition)
                return Task.FromException<long>(new PositionConflictException(run, expectedPosition));
            if (after.IdempotencyKey is { } key && !_keys.TryAdd(key, run) && _keys[key] != run)
                return Task.FromException<long>(new KeyTakenException(key, _keys[key]));
            foreach (var (type, body) in written)
                _journal.Add(new Entry(run, ++expectedPosition, at, type, body));
            _runs[run.Number] = after;
            return Task.FromResult((long)_journal.Count);
        }
    }

    public IAsyncEnumerable<StoredEvent> ReadAsync(RunId run, long afterPosition, CancellationToken cancellationToken) =>
        ReadWhereAsync(0, entry => entry.Run == run && entry.Position > afterPosition, cancellationToken);

    public IAsyncEnumerable<StoredEvent> ReadAllAsync(long afterSequence, CancellationToken cancellationToken) =>
        ReadWhereAsync((int)afterSequence, _ => true, cancellationToken);

    public Task<long> NewestSequenceAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult((long)_journal.Count);
    }

    public Task<IReadOnlyList<(RunId Run, RunPhase Phase, bool Removed)>> ListRunsAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<(RunId, RunPhase, bool)>>(_runs.Values.Select(view => (view.Id, view.Phase, view.Removed)).ToList());
    }

    public Task<IReadOnlyList<RunSummary>> SummariesAsync(bool all, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var listed = _runs.Values.Where(view => !view.Removed && (all || view.Phase != RunPhase.Finished || WaitsForPerson(view)));
            return Task.FromResult<IReadOnlyList<RunSummary>>(listed.Reverse().Select(RunSummaries.Of).ToList());
        }
    }

    public Task<IReadOnlyList<RunId>> RunsInReviewAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<RunId>>(RunsWhere(IsInReview));

    public Task<IReadOnlyList<RunId>> RunsWithWorkspacesAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RunId>>(RunsWhere(view => view.Tasks.Values.Any(task => task.Workspace is not null)));

    public Task<IReadOnlyList<RunId>> RunsWithOpenSessionsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RunId>>(RunsWhere(view => view.Sessions.Values.Any(session => session.IsOpen)));

    public Task<RunId?> FindSessionAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<RunId?>(RunsWhere(view => view.Sessions.ContainsKey(name)) is [var run, ..] ? run : null);

    public Task<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult<RunId?>(_keys.TryGetValue(idempotencyKey, out var run) ? run : null);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private List<RunId> RunsWhere(Func<RunView, bool> wanted)
    {
        lock (_lock)
            return _runs.Values.Where(wanted).Select(view => view.Id).ToList();
    }

    private static bool WaitsForPerson(RunView view) => view.Tasks.Values.Any(task => task is { State: TaskState.Review or TaskState.Failed, Removed: false });

    private static bool IsInReview(RunView view) => view.Tasks.Values.Any(task => task is { State: TaskState.Review, Removed: false });

    private async IAsyncEnumerable<StoredEvent> ReadWhereAsync(
        int from, Func<Entry, bool> wanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Others may append between two of them, as they may in a database.
        await Task.Yield();
        for (var i = from; At(i) is { } entry; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (wanted(entry))
                yield return new StoredEvent(i + 1, entry.Run, entry.Position, entry.At, JournalJson.Read(entry.Type, entry.Body));
        }
    }

    private Entry? At(int index)
    {
        lock (_lock)
            return index < _journal.Count ? _journal[index] : null;
    }

    private sealed record Entry(RunId Run, long Position, DateTimeOffset At, string Type, string Body);
}
