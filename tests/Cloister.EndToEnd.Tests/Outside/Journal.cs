using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>The database as any other program would read it: with SQL of its own, and read-only.</summary>
/// <param name="Events">The journal in commit order.</param>
/// <param name="Runs">Rows of <c>runs</c>.</param>
/// <param name="Tasks">Rows of <c>tasks</c>.</param>
/// <param name="Attempts">Rows of <c>attempts</c>.</param>
/// <param name="Questions">Rows of <c>questions</c>.</param>
internal sealed record Journal(
    IReadOnlyList<JournalEntry> Events,
    IReadOnlyList<Row> Runs,
    IReadOnlyList<Row> Tasks,
    IReadOnlyList<Row> Attempts,
    IReadOnlyList<Row> Questions)
{
    private static readonly Journal Nothing = new([], [], [], [], []);

    // A body may nest as deep as a declared result does, plus the event around it.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    /// <summary>What is committed now; nothing where no engine has ever been.</summary>
    public static Journal Read(string stateFolder)
    {
        var path = Path.Combine(stateFolder, "cloister.db");
        if (!File.Exists(path))
            return Nothing;
        SQLitePCL.Batteries_V2.Init();
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        using var connection = new SqliteConnection(settings.ToString());
        connection.Open();
        // One transaction: all tables of the same moment.
        using var moment = connection.BeginTransaction(deferred: true);
        var events = Rows(connection, "SELECT sequence, run, position, type, body FROM events ORDER BY sequence")
            .Select(row => new JournalEntry(
                row.Number("sequence"), row.Number("run"), row.Number("position"), row.Text("type")!, JsonDocument.Parse(row.Text("body")!, Deep).RootElement))
            .ToList();
        return new Journal(
            events,
            Rows(connection, "SELECT * FROM runs ORDER BY run"),
            Rows(connection, "SELECT * FROM tasks ORDER BY run, ordinal"),
            Rows(connection, "SELECT * FROM attempts ORDER BY run, task, attempt"),
            Rows(connection, "SELECT * FROM questions ORDER BY question"));
    }

    private static List<Row> Rows(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts above.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<Row>();
        while (reader.Read())
            rows.Add(new Row(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, reader.GetValue, StringComparer.Ordinal)));
        return rows;
    }
}

/// <summary>One line of the journal.</summary>
internal sealed record JournalEntry(long Sequence, long Run, long Position, string Type, JsonElement Body)
{
    /// <summary>The task it is about, with its run, or null for the run itself.</summary>
    public string? Task => Body.TryGetProperty("task", out var task) ? $"r{Run}/{task.GetString()}" : null;

    /// <summary>The attempt it is about, written <c>r7/api#2</c>, or null.</summary>
    public string? Attempt => Body.TryGetProperty("attempt", out var attempt) ? $"{Task}#{attempt}" : null;
}

/// <summary>A row of any table.</summary>
internal sealed record Row(IReadOnlyDictionary<string, object> Values)
{
    public string? Text(string column) => Values[column] as string;

    public long Number(string column) => Values[column] is long number ? number : 0;

    public decimal Amount(string column) => Values[column] is double amount ? (decimal)amount : Number(column);

    /// <summary>Written <c>r7/api</c>.</summary>
    public string Task => $"r{Number("run")}/{Text("task")}";

    /// <summary>Written <c>r7/api#2</c>.</summary>
    public string Attempt => $"{Task}#{Number("attempt")}";
}
