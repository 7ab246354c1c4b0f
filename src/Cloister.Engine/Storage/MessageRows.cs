using Cloister.Runs;

namespace Cloister.Storage;

/// <summary>Rows of <c>isolation_communication</c>: one for each event that is a message, and its mark once it is dealt with.</summary>
internal static class MessageRows
{
    private const string Sequence = "(SELECT sequence FROM events WHERE run = ?1 AND position = ?2)";

    private const string Insert =
        $"INSERT INTO isolation_communication (id, session_id, direction, message_type, content_path, timestamp, is_processed) VALUES ({Sequence}, ?3, ?4, ?5, ?6, ?7, ?8)";

    private const string Mark = $"UPDATE isolation_communication SET is_processed = TRUE WHERE id = {Sequence}";

    /// <summary>Writes what events say that follow a view.</summary>
    public static void Write(SqliteSession session, RunView? before, IReadOnlyList<RunEvent> events, DateTimeOffset at)
    {
        var view = before;
        foreach (var happened in events)
        {
            view = view is null ? RunFold.Open((RunAccepted)happened) : RunFold.Apply(view, happened);
            Write(session, view, at);
        }
    }

    /// <summary>Writes what the last event of the view says.</summary>
    public static void Write(SqliteSession session, RunView view, DateTimeOffset at)
    {
        if (view.Mail.Said is { } said)
        {
            session.Statement(
                Insert,
                view.Id.Number,
                view.Position,
                said.Session,
                JournalJson.Word(said.Direction),
                JournalJson.Word(said.Type),
                $"{IsolationRows.FolderOf(said.Session)}/{said.Path}",
                IsolationRows.Time(at),
                said.SettledBy is null).ExecuteNonQuery();
        }
        foreach (var position in view.Mail.Settled)
            session.Statement(Mark, view.Id.Number, position).ExecuteNonQuery();
    }
}
