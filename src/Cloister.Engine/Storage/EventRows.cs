using System.Globalization;
using Cloister.Runs;
using Microsoft.Data.Sqlite;

namespace Cloister.Storage;

/// <summary>Rows of the table <c>events</c>: written once with a checksum, and never believed without it.</summary>
internal static class EventRows
{
    public const string OfRun = $"SELECT {Columns} FROM events WHERE run = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
    public const string OfAll = $"SELECT {Columns} FROM events WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";

    private const string Columns = "sequence, run, position, at, type, body, crc";

    private const string Insert = "INSERT INTO events (run, position, at, type, body, crc) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING sequence";

    /// <returns>The sequence number of the last one.</returns>
    public static long Append(SqliteSession session, RunId run, long position, IEnumerable<(string Type, string Body)> events, string at)
    {
        long last = 0;
        foreach (var (type, body) in events)
        {
            position++;
            var crc = EventChecksum.Of(run, position, at, type, body);
            last = (long)session.Statement(Insert, run.Number, position, at, type, body, (long)crc).ExecuteScalar()!;
        }
        return last;
    }

    public static long LastPosition(SqliteSession session, RunId run) =>
        session.Statement("SELECT max(position) FROM events WHERE run = ?1", run.Number).ExecuteScalar() is long last ? last : 0;

    /// <summary>What a query gives, up to about this many characters of JSON; at least one event where there is one.</summary>
    /// <exception cref="CloisterException"><c>store.corrupt</c>: a row is not what was written.</exception>
    public static List<StoredEvent> Read(SqliteCommand query, string path, int maxCharacters)
    {
        var page = new List<StoredEvent>();
        using var row = query.ExecuteReader();
        for (var characters = 0; characters < maxCharacters && row.Read();)
        {
            var body = row.GetString(5);
            characters += body.Length;
            page.Add(Stored(row, body, path));
        }
        return page;
    }

    private static StoredEvent Stored(SqliteDataReader row, string body, string path)
    {
        var (sequence, run, position) = (row.GetInt64(0), new RunId(row.GetInt32(1)), row.GetInt64(2));
        var (at, type) = (row.GetString(3), row.GetString(4));
        if (EventChecksum.Of(run, position, at, type, body) != row.GetInt64(6))
            throw StoreErrors.IsCorrupt(path, $"event {position} of {run} is not what was written");
        var time = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return new StoredEvent(sequence, run, position, time, JournalJson.Read(type, body));
    }
}
