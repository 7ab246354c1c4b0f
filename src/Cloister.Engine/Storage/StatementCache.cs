using Microsoft.Data.Sqlite;

namespace Cloister.Storage;

/// <summary>Statements of one connection, compiled once. The texts are constants of this program; everything else is a parameter.</summary>
internal sealed class StatementCache(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _statements = new(StringComparer.Ordinal);

    /// <summary>The statement with <c>?1</c>, <c>?2</c> … bound to these values.</summary>
    public SqliteCommand With(string sql, ReadOnlySpan<object?> values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements[sql] = statement = Prepare(sql, values.Length);
        for (var i = 0; i < values.Length; i++)
            statement.Parameters[i].Value = values[i] ?? DBNull.Value;
        return statement;
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var statement = connection.CreateCommand();
#pragma warning disable CA2100 // The text is one of this program's constants.
        statement.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 1; i <= parameters; i++)
            statement.Parameters.Add(new SqliteParameter { ParameterName = $"?{i}" });
        return statement;
    }
}
