using System.Globalization;
using Cloister.Runs;
using Cloister.Runs.Projection;

namespace Cloister.Storage;

/// <summary>Rows of the tables in which programs look that watch sessions: <c>isolated_sessions</c> and <c>context_usage_metrics</c>.</summary>
internal static class IsolationRows
{
    // An attempt is named by its run and its fence; both in one number, and either can be read from it.
    private const long FencesOfARun = 1_000_000_000;

    private static readonly RowTable Sessions = new(
        "isolated_sessions",
        ["session_id"],
        [
            "parent_task_id", "specialist_type", "process_id", "status", "workspace_path", "communication_dir", "created_at", "started_at",
            "completed_at", "timeout_minutes", "auto_recovery_enabled",
        ]);

    private static readonly RowTable Metrics = new(
        "context_usage_metrics",
        ["id"],
        [
            "session_id", "task_id", "context_tokens_used", "context_efficiency_score", "specialist_context_utilization",
            "isolation_effectiveness", "measured_at",
        ]);

    public static void Write(SqliteSession session, RunView view, Touched touched)
    {
        foreach (var name in touched.IsolatedSessions)
            WriteSession(session, view, SessionFacts.Of(view, name));
        foreach (var (task, number) in touched.Attempts)
            WriteMetrics(session, view, view.Tasks[task], view.Tasks[task].Attempts.Find(attempt => attempt.Number == number)!);
    }

    /// <summary>Drops all rows that depend on tasks, to be made again from the journal.</summary>
    public static void Clear(SqliteSession session)
    {
        foreach (var table in (string[])["context_usage_metrics", "isolation_communication", "isolated_sessions"])
            session.Statement($"DELETE FROM {table}").ExecuteNonQuery();
    }

    /// <summary>The folder of a session, relative to the state folder.</summary>
    public static string FolderOf(string session) => $"isolation/sessions/{session}";

    /// <summary>A time as <c>CURRENT_TIMESTAMP</c> writes it, and a little finer.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string? Time(DateTimeOffset? time) => time is { } given ? Time(given) : null;

    private static void WriteSession(SqliteSession session, RunView view, SessionFacts facts) => session.Statement(
        Sessions.Upsert,
        facts.Name,
        facts.Task is { } task ? $"{view.Id}/{task.Definition.Id}" : null,
        RunRows.Text(facts.Agent),
        facts.ProcessId,
        JournalJson.Word(facts.Status),
        RunRows.Text(facts.Task?.WorkingDirectory),
        $"{FolderOf(facts.Name)}/communication",
        Time(facts.CreatedAt),
        Time(facts.StartedAt),
        Time(facts.CompletedAt),
        (long)Math.Ceiling(facts.Timeout.TotalMinutes),
        facts.AutoRecovery).ExecuteNonQuery();

    private static void WriteMetrics(SqliteSession session, RunView view, TaskView task, AttemptView attempt)
    {
        if (attempt.PeakContextTokens == 0 && attempt.Outcome is null)
            return;
        var figures = attempt.PeakContextTokens == 0 ? null : SessionFigures.Of(view, task, attempt);
        session.Statement(
            Metrics.Upsert,
            (view.Id.Number * FencesOfARun) + attempt.Fence,
            SessionThread.NameOf(view.Id, task.Definition.Id, attempt.Folder),
            $"{view.Id}/{task.Definition.Id}",
            figures?.ContextTokensUsed,
            figures?.ContextEfficiencyScore,
            figures?.SpecialistContextUtilization,
            figures?.IsolationEffectiveness,
            Time(attempt.EndedAt ?? attempt.ActiveAt ?? attempt.ClaimedAt)).ExecuteNonQuery();
    }
}
