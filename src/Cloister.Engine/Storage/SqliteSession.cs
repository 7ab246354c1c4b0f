using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Cloister.Storage;

/// <summary>
/// The one connection that writes, and that checkpoints: with a second one doing either, this SQLite version can lose what was committed.
/// </summary>
internal sealed partial class SqliteSession : IAsyncDisposable
{
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(25);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly DatabaseFile _file;
    private readonly SqliteStoreOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly StatementCache _statements;
    private readonly Ballast _ballast;
    private CloisterException? _broken;

    public SqliteSession(DatabaseFile file, SqliteStoreOptions options, TimeProvider timeProvider, ILogger logger)
    {
        (_file, _options, _timeProvider, _logger) = (file, options, timeProvider, logger);
        Connection = Connect(file.Path, SqliteOpenMode.ReadWrite);
        _statements = new StatementCache(Connection);
        _ballast = new Ballast(file.BallastPath);
    }

    public SqliteConnection Connection { get; }

    public string Path => _file.Path;

    /// <summary>A prepared statement of the writing connection; only used inside <see cref="WriteAsync"/>.</summary>
    public SqliteCommand Statement(string sql, params ReadOnlySpan<object?> values) => _statements.With(sql, values);

    /// <summary>Makes sure that it is this folder's own database, brings it up to date, and sets it up for work.</summary>
    /// <returns>Its identity.</returns>
    public async Task<string> TakeOverAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        Execute("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await BeginAsync(cancellationToken);
            var id = Perform(session => session.Recognise(now));
            Execute("PRAGMA journal_mode = WAL");
            if (_options.MaxPages is { } limit)
                Execute($"PRAGMA max_page_count = {limit}");
            _ballast.Take();
            return id;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <exception cref="CloisterException"><c>store.corrupt</c>: its structure is broken.</exception>
    public void QuickCheck()
    {
        using var check = Connection.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1)";
        if (check.ExecuteScalar() is string verdict and not "ok")
            throw StoreErrors.IsCorrupt(_file.Path, verdict);
    }

    /// <summary>Runs <paramref name="work"/> in a transaction of its own: all of it is durable when this returns, or none of it happened.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ThrowIfUnusable();
            return await CommitDespiteFullDiskAsync(work, cancellationToken);
        }
        catch (CloisterException failure) when (StoreErrors.IsLasting(failure))
        {
            _broken = failure;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 1 };
        var connection = new SqliteConnection(settings.ConnectionString);
        connection.Open();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        _statements.Dispose();
        await Connection.DisposeAsync();
        _turn.Dispose();
    }

    private string Recognise(DateTimeOffset now)
    {
        var updated = Schema.Update(Connection, _file.Path, now);
        var id = Schema.InstanceId(Connection);
        if (_file.ReadId() is { } expected)
        {
            if (expected != id)
                throw new CloisterException(StoreErrors.Identity, $"{_file.Path} belongs to another state folder ({id}, not {expected})", "put this folder's own database back");
        }
        else if (Schema.IsUnused(Connection))
        {
            _file.WriteId(id);
        }
        else
        {
            throw new CloisterException(
                StoreErrors.Identity, $"nothing says that {_file.Path} belongs here: {_file.Path}.id is gone", $"when it does, write {id} into that file");
        }
        if (updated)
            RowRebuild.Run(this, _file.Path);
        return id;
    }

    private void ThrowIfUnusable()
    {
        // SQLite would go on writing into a file that nobody can open any more.
        if (_broken is null && !_file.StillThere)
            _broken = new CloisterException(StoreErrors.Missing, $"{_file.Path} was deleted while the engine used it", "put it back, or move the state folder aside and start again");
        if (_broken is not null)
            throw new CloisterException(_broken.Code, _broken.Message, _broken.Hint, _broken);
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var since = _timeProvider.GetTimestamp();
        for (var told = false; ;)
        {
            var code = raw.sqlite3_exec(Connection.Handle, "BEGIN IMMEDIATE");
            if (code == raw.SQLITE_OK)
                return;
            var waited = _timeProvider.GetElapsedTime(since);
            if ((code & 0xff) != raw.SQLITE_BUSY || waited >= _options.LockPatience)
                throw StoreErrors.Of(Failure(code), _file.Path);
            if (!told && waited >= _options.LockNotice)
            {
                LogLocked(_logger, _file.Path);
                told = true;
            }
            await Task.Delay(LockPoll, _timeProvider, cancellationToken);
        }
    }

    private async Task<T> CommitDespiteFullDiskAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        try
        {
            return Perform(work);
        }
        catch (CloisterException full) when (full.Code == StoreErrors.Full && _ballast.Release())
        {
            LogFull(_logger, _file.Path);
        }
        await BeginAsync(cancellationToken);
        return Perform(work);
    }

    private T Perform<T>(Func<SqliteSession, T> work)
    {
        var committed = false;
        try
        {
            var result = work(this);
            Execute("COMMIT");
            committed = true;
            return result;
        }
        catch (SqliteException failure)
        {
            throw StoreErrors.Of(failure, _file.Path);
        }
        finally
        {
            // Some failures have rolled back already; a second ROLLBACK would only hide the first message.
            if (!committed && raw.sqlite3_get_autocommit(Connection.Handle) == 0)
                raw.sqlite3_exec(Connection.Handle, "ROLLBACK");
        }
    }

    private void Execute(string sql)
    {
        var code = raw.sqlite3_exec(Connection.Handle, sql);
        if (code != raw.SQLITE_OK)
            throw Failure(code);
    }

    private SqliteException Failure(int code) => new(raw.sqlite3_errmsg(Connection.Handle).utf8_to_string(), code & 0xff, code);

    [LoggerMessage(EventId = 302, EventName = "store.full", Level = LogLevel.Critical, Message = "the disk of {Path} is full: what was kept back for this is being used up")]
    private static partial void LogFull(ILogger logger, string path);

    [LoggerMessage(EventId = 301, EventName = "store.locked", Level = LogLevel.Warning, Message = "another program keeps {Path} locked; waiting for it")]
    private static partial void LogLocked(ILogger logger, string path);
}
