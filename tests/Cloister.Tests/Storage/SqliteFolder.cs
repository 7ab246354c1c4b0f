using Cloister.Runs;
using Cloister.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Tests.Storage;

/// <summary>A state folder with a database in it, and the ways to harm it.</summary>
internal sealed class SqliteFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Root => _folder.Path;

    public string Database => _folder.File("cloister.db");

    public string Id => _folder.File("cloister.db.id");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public Task<SqliteRunStore> OpenAsync(SqliteStoreOptions? options = null, ILogger? logger = null) =>
        SqliteRunStore.OpenAsync(Database, TimeProvider.System, logger ?? NullLogger.Instance, Cancel, options);

    /// <summary>A folder in which a run has already worked.</summary>
    public static async Task<SqliteFolder> WithRunAsync(int events = 3)
    {
        var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var journal = new Journal(store, new RunId(1));
        await journal.AppendAsync(journal.Accepted("a"));
        for (var i = 1; i < events; i++)
            await journal.AppendAsync(new RuleGranted($"Read({i})", "person"));
        return folder;
    }

    public async Task<string> RefusalAsync()
    {
        var refusal = await Assert.ThrowsAsync<CloisterException>(() => OpenAsync());
        Assert.False(string.IsNullOrWhiteSpace(refusal.Hint));
        Assert.Contains(Root, refusal.Message, StringComparison.Ordinal);
        return refusal.Code;
    }

    public async Task<long> CountAsync(SqliteRunStore store) => (await store.ReadAllAsync(0, Cancel).ToListAsync(Cancel)).Count;

    /// <summary>Does to the database what only somebody else would do.</summary>
    public void Execute(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Rows as a person reads them, columns apart by a bar.</summary>
    public List<string> Query(string sql)
    {
        using var connection = Connect();
        return Query(connection, sql);
    }

    /// <summary>Rows of any database as a person reads them.</summary>
    public static List<string> Query(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        var rows = new List<string>();
        while (row.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, row.FieldCount).Select(i => Convert.ToString(row.GetValue(i), System.Globalization.CultureInfo.InvariantCulture))));
        return rows;
    }

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Database, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    public void Dispose() => _folder.Dispose();
}
