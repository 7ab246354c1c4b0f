using System.Text;
using Cloister.Runs;

namespace Cloister.Storage;

/// <summary>Looks at everything in a database, and tells what is wrong instead of throwing it.</summary>
internal static class StoreCheck
{
    // The first few tell what happened; a database that is broken all over has nothing more to say.
    private const int MaxFindings = 20;

    private static readonly string[] RowTables = ["runs", "tasks", "attempts", "questions", "artifacts", "intents", "sessions", "isolated_sessions", "isolation_communication", "context_usage_metrics"];

    public static async Task<IReadOnlyList<string>> RunAsync(IRunStore store, SqliteSession session, CancellationToken cancellationToken)
    {
        var findings = await session.WriteAsync(Structure, cancellationToken);
        if (findings.Count > 0)
            return findings;
        try
        {
            await foreach (var stored in store.ReadAllAsync(afterSequence: 0, cancellationToken))
                _ = stored;
        }
        catch (CloisterException damaged)
        {
            return [damaged.Message];
        }
        return await session.WriteAsync(Rows, cancellationToken);
    }

    private static List<string> Structure(SqliteSession session)
    {
        var findings = new List<string>();
        using var row = session.Statement("PRAGMA integrity_check").ExecuteReader();
        while (row.Read() && findings.Count < MaxFindings)
        {
            if (row.GetString(0) is var finding and not "ok")
                findings.Add(finding);
        }
        return findings;
    }

    // Rows are made again and compared; where they differ the new ones stay, because the journal is right.
    private static List<string> Rows(SqliteSession session)
    {
        var before = RowTables.ToDictionary(table => table, table => Dump(session, table), StringComparer.Ordinal);
        RowRebuild.Run(session, session.Path);
        return RowTables.Where(table => Dump(session, table) != before[table]).Select(table => $"rows of {table} did not match the journal; they were made again").ToList();
    }

    private static string Dump(SqliteSession session, string table)
    {
        var text = new StringBuilder();
        using var row = session.Statement($"SELECT * FROM {table} ORDER BY 1, 2, 3").ExecuteReader();
        while (row.Read())
        {
            for (var i = 0; i < row.FieldCount; i++)
                text.Append(row.GetValue(i)).Append('\u001f');
            text.Append('\n');
        }
        return text.ToString();
    }
}
