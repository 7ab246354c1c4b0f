using System.Globalization;
using System.Runtime.CompilerServices;
using Cloister.Processes;
using Cloister.Runs;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Cloister.Storage;

/// <summary>The journal and its rows in one SQLite file.</summary>
internal sealed class SqliteRunStore : IRunStore
{
    // A page of the journal: large enough that the query is not what a replay waits for, small enough to hold in memory.
    private const int PageEvents = 500;
    private const int PageCharacters = 4 * 1024 * 1024;

    // Checked in tens of milliseconds at every start; what is larger is checked when somebody asks.
    private const long QuickCheckBytes = 64 * 1024 * 1024;

    private readonly DatabaseFile _file;
    private readonly SqliteSession _session;
    private readonly SqliteReaders _readers;

    private SqliteRunStore(DatabaseFile file, SqliteSession session, string instanceId)
    {
        (_file, _session, InstanceId) = (file, session, instanceId);
        _readers = new SqliteReaders(file.Path);
    }

    public string InstanceId { get; }

    /// <summary>Opens the database of a state folder; makes it when the folder never had one.</summary>
    /// <exception cref="CloisterException"><c>store.*</c>: it is missing, damaged, another one's, newer, locked or unreachable.</exception>
    public static async Task<SqliteRunStore> OpenAsync(
        string path, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken, SqliteStoreOptions? options = null)
    {
        Batteries_V2.Init();
        var file = new DatabaseFile(path);
        var now = timeProvider.GetUtcNow();
        file.MakeOrFind(connection => Schema.Create(connection, Guid.CreateVersion7(now).ToString("D"), now));
        SqliteSession? session = null;
        try
        {
            session = new SqliteSession(file, options ?? SqliteStoreOptions.Default, timeProvider, logger);
            var id = await session.TakeOverAsync(now, cancellationToken);
            if (new FileInfo(path).Length <= QuickCheckBytes)
                session.QuickCheck();
            return new SqliteRunStore(file, session, id);
        }
        catch (Exception failure)
        {
            if (session is not null)
                await session.DisposeAsync();
            if (failure is SqliteException sqlite)
                throw StoreErrors.Of(sqlite, path);
            throw;
        }
    }

    public Task<int> NextNumberAsync(string sequence, CancellationToken cancellationToken) =>
        _session.WriteAsync(
            session => Convert.ToInt32(
                session.Statement(
                    "INSERT INTO numbers (sequence, last) VALUES (?1, 1) ON CONFLICT (sequence) DO UPDATE SET last = last + 1 RETURNING last",
                    sequence).ExecuteScalar(),
                CultureInfo.InvariantCulture),
            cancellationToken);

    public async Task<long> AppendAsync(
        RunId run, RunView? before, IReadOnlyList<RunEvent> events, RunView after, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var expectedPosition = JournalRules.Check(run, before, events, after);
        var written = events.Select(JournalJson.Write).ToList();
        written.ForEach(happened => CrashPoint.Hit("commit.before", happened.Type));
        var last = await _session.WriteAsync(
            session =>
            {
                RefuseLoser(session, run, expectedPosition);
                RefuseSecondKey(session, run, after.IdempotencyKey);
                var appended = EventRows.Append(session, run, expectedPosition, written, RunRows.Time(at));
                RunRows.Write(session, after, new Touched(events, after));
                MessageRows.Write(session, before, events, at);
                return appended;
            },
            cancellationToken);
        written.ForEach(happened => CrashPoint.Hit("commit.after", happened.Type));
        return last;
    }

    public IAsyncEnumerable<StoredEvent> ReadAsync(RunId run, long afterPosition, CancellationToken cancellationToken) =>
        ReadPagesAsync(
            (statements, last) => statements.With(EventRows.OfRun, [run.Number, last?.Position ?? afterPosition, PageEvents]),
            new GapWatch(_file.Path, run, afterPosition),
            cancellationToken);

    public IAsyncEnumerable<StoredEvent> ReadAllAsync(long afterSequence, CancellationToken cancellationToken) =>
        ReadPagesAsync(
            (statements, last) => statements.With(EventRows.OfAll, [last?.Sequence ?? afterSequence, PageEvents]),
            new GapWatch(_file.Path),
            cancellationToken);

    public Task<long> NewestSequenceAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(
            statements => Convert.ToInt64(statements.With("SELECT coalesce(max(sequence), 0) FROM events", []).ExecuteScalar(), CultureInfo.InvariantCulture),
            cancellationToken);

    public Task<IReadOnlyList<(RunId Run, RunPhase Phase, bool Removed)>> ListRunsAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync<IReadOnlyList<(RunId Run, RunPhase Phase, bool Removed)>>(
            statements =>
            {
                var runs = new List<(RunId Run, RunPhase Phase, bool Removed)>();
                using var row = statements.With("SELECT run, phase, removed FROM runs ORDER BY run", []).ExecuteReader();
                while (row.Read())
                    runs.Add((new RunId(row.GetInt32(0)), JournalJson.Value<RunPhase>(row.GetString(1)), row.GetBoolean(2)));
                return runs;
            },
            cancellationToken);

    public Task<IReadOnlyList<RunSummary>> SummariesAsync(bool all, CancellationToken cancellationToken) =>
        _readers.ReadAsync(statements => SummaryRows.Read(statements, all), cancellationToken);

    public Task<IReadOnlyList<RunId>> RunsInReviewAsync(CancellationToken cancellationToken) =>
        RunsAsync("SELECT DISTINCT run FROM tasks WHERE state = ?1 AND removed = 0 ORDER BY run", [JournalJson.Word(TaskState.Review)], cancellationToken);

    public Task<IReadOnlyList<RunId>> RunsWithWorkspacesAsync(CancellationToken cancellationToken) =>
        RunsAsync("SELECT DISTINCT run FROM tasks WHERE workspace IS NOT NULL ORDER BY run", [], cancellationToken);

    public Task<IReadOnlyList<RunId>> RunsWithOpenSessionsAsync(CancellationToken cancellationToken) =>
        RunsAsync("SELECT DISTINCT run FROM sessions WHERE closed_at IS NULL ORDER BY run", [], cancellationToken);

    public Task<RunId?> FindSessionAsync(string name, CancellationToken cancellationToken) =>
        _readers.ReadAsync<RunId?>(statements => Holder(statements.With("SELECT run FROM sessions WHERE name = ?1", [name])), cancellationToken);

    public Task<RunId?> FindByKeyAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        _readers.ReadAsync<RunId?>(
            statements => Holder(statements.With("SELECT run FROM runs WHERE idempotency_key = ?1", [idempotencyKey])),
            cancellationToken);

    /// <summary>Looks at everything: SQLite's own structure, each event's checksum and place, and whether the rows say what the journal says.</summary>
    /// <returns>What is wrong; empty when nothing is.</returns>
    public Task<IReadOnlyList<string>> VerifyAsync(CancellationToken cancellationToken) => StoreCheck.RunAsync(this, _session, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // The writer is closed last: the last connection of a database checkpoints it.
        await _readers.DisposeAsync();
        await _session.DisposeAsync();
    }

    private static void RefuseLoser(SqliteSession session, RunId run, long expectedPosition)
    {
        if (EventRows.LastPosition(session, run) != expectedPosition)
            throw new PositionConflictException(run, expectedPosition);
    }

    private static void RefuseSecondKey(SqliteSession session, RunId run, string? key)
    {
        if (key is null)
            return;
        if (Holder(session.Statement("SELECT run FROM runs WHERE idempotency_key = ?1", key)) is { } holder && holder != run)
            throw new KeyTakenException(key, holder);
    }

    private async IAsyncEnumerable<StoredEvent> ReadPagesAsync(
        Func<StatementCache, StoredEvent?, SqliteCommand> query, GapWatch gaps, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoredEvent? last = null;
        while (true)
        {
            var page = await _readers.ReadAsync(statements => EventRows.Read(query(statements, last), _file.Path, PageCharacters), cancellationToken);
            foreach (var stored in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                gaps.Pass(stored);
                yield return last = stored;
            }
            if (page.Count == 0)
                yield break;
        }
    }

    private Task<IReadOnlyList<RunId>> RunsAsync(string sql, object[] values, CancellationToken cancellationToken) =>
        _readers.ReadAsync<IReadOnlyList<RunId>>(
            statements =>
            {
                var runs = new List<RunId>();
                using var row = statements.With(sql, values).ExecuteReader();
                while (row.Read())
                    runs.Add(new RunId(row.GetInt32(0)));
                return runs;
            },
            cancellationToken);

    private static RunId? Holder(SqliteCommand query) =>
        query.ExecuteScalar() is long number ? new RunId((int)number) : null;
}
