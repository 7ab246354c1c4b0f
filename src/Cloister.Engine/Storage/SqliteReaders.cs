using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Cloister.Storage;

/// <summary>A few read-only connections: readers see what is committed and never make the writer wait.</summary>
internal sealed class SqliteReaders(string path) : IAsyncDisposable
{
    // Reads are short pages; more at once than cores would only take turns.
    private const int Connections = 4;

    private readonly SemaphoreSlim _free = new(Connections, Connections);
    private readonly ConcurrentBag<StatementCache> _idle = [];
    private readonly ConcurrentBag<SqliteConnection> _all = [];

    public async Task<T> ReadAsync<T>(Func<StatementCache, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            var statements = _idle.TryTake(out var idle) ? idle : Connect();
            try
            {
                return read(statements);
            }
            finally
            {
                _idle.Add(statements);
            }
        }
        catch (SqliteException failure)
        {
            throw StoreErrors.Of(failure, path);
        }
        finally
        {
            _free.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < Connections; i++)
            await _free.WaitAsync();
        foreach (var statements in _idle)
            statements.Dispose();
        foreach (var connection in _all)
            await connection.DisposeAsync();
        _free.Dispose();
    }

    private StatementCache Connect()
    {
        var connection = SqliteSession.Connect(path, SqliteOpenMode.ReadOnly);
        _all.Add(connection);
        return new StatementCache(connection);
    }
}
