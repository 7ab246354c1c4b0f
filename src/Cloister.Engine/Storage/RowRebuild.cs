using Cloister.Runs;

namespace Cloister.Storage;

/// <summary>Makes all rows again from the journal, inside the caller's transaction: after a migration, or when they are in doubt.</summary>
internal static class RowRebuild
{
    private const int PageEvents = 500;
    private const int PageCharacters = 4 * 1024 * 1024;

    public static void Run(SqliteSession session, string path)
    {
        RunRows.Clear(session);
        // Messages are written on the way through a journal, the sessions they belong to at its end.
        session.Statement("PRAGMA defer_foreign_keys = ON").ExecuteNonQuery();
        foreach (var run in RunsOf(session))
        {
            var view = Replay(session, run, path);
            RunRows.Write(session, view, Touched.Everything(view));
        }
    }

    private static List<RunId> RunsOf(SqliteSession session)
    {
        var runs = new List<RunId>();
        using var row = session.Statement("SELECT DISTINCT run FROM events ORDER BY run").ExecuteReader();
        while (row.Read())
            runs.Add(new RunId(row.GetInt32(0)));
        return runs;
    }

    private static RunView Replay(SqliteSession session, RunId run, string path)
    {
        RunView? view = null;
        var gaps = new GapWatch(path, run, afterPosition: 0);
        while (EventRows.Read(session.Statement(EventRows.OfRun, run.Number, view?.Position ?? 0, PageEvents), path, PageCharacters) is { Count: > 0 } page)
        {
            foreach (var stored in page)
            {
                gaps.Pass(stored);
                view = view is null ? RunFold.Open((RunAccepted)stored.Event) : RunFold.Apply(view, stored.Event);
                MessageRows.Write(session, view, stored.At);
            }
        }
        return view!;
    }
}
