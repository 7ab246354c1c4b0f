using System.Globalization;
using System.Text.Json;
using Cloister.Artifacts;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Runs.Watching;

namespace Cloister.Storage;

/// <summary>Writes the rows people and programs query: what a view says, and nothing it does not say.</summary>
internal static class RunRows
{
    private static readonly RowTable Runs = new(
        "runs",
        ["run"],
        [
            "name", "position", "phase", "outcome", "removed", "project", "base_branch", "base_commit", "integration_branch",
            "landed_commit", "rehearsed", "idempotency_key", "budget_usd", "fence", "accepted_at", "finished_at", "board",
        ]);

    private static readonly RowTable Tasks = new(
        "tasks",
        ["run", "task"],
        [
            "title", "state", "reason", "detail", "summary", "result", "agent", "model", "attempt", "session", "workspace", "branch",
            "commit", "question", "copy_of", "retries_used", "paused", "not_before", "cost_usd", "budget_usd", "input_tokens",
            "cache_read_tokens", "cache_write_tokens", "output_tokens", "context_percent", "queued_at", "started_at", "ended_at",
            "removed", "session_name", "parent",
        ]);

    private static readonly RowTable Attempts = new(
        "attempts",
        ["run", "task", "attempt"],
        [
            "session", "resumed", "agent", "model", "backend_version", "fence", "claimed_at", "started_at", "active_at", "ended_at",
            "deadline", "offset", "verdict", "reason", "message", "work_commit", "work_ref", "turns", "compactions", "cost_usd",
            "budget_usd", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "context_tokens", "context_window",
        ]);

    private static readonly RowTable Questions = new(
        "questions",
        ["question"],
        [
            "run", "task", "attempt", "kind", "text", "options", "tool", "tool_input", "asked_at", "decision", "answer", "answered_by",
            "answered_at", "delivered",
        ]);

    private static readonly RowTable Artifacts = new(
        "artifacts", ["run", "task", "attempt", "name"], ["media_type", "sha256", "bytes", "kept_at"]);

    private static readonly RowTable Sessions = new(
        "sessions", ["name"], ["run", "agent", "isolation", "preserve", "communication", "opened_at", "closed_at"]);

    private static readonly RowTable Intents = new("intents", ["run", "key"], ["kind", "detail"]);

    private const string SetOrdinal = "UPDATE tasks SET ordinal = ?3 WHERE run = ?1 AND task = ?2 AND ordinal IS NOT ?3";

    public static void Write(SqliteSession session, RunView view, Touched touched)
    {
        WriteRun(session, view);
        foreach (var id in touched.Tasks)
            WriteTask(session, view, view.Tasks[id]);
        foreach (var (task, number) in touched.Attempts)
            WriteAttempt(session, view, task, view.Tasks[task].Attempts.Find(attempt => attempt.Number == number)!);
        foreach (var (task, number, artifact) in touched.Artifacts)
            WriteArtifact(session, view.Id, task, number, artifact);
        foreach (var id in touched.Questions)
            WriteQuestion(session, view.Id, view.Questions[id]);
        foreach (var name in touched.Sessions)
            WriteSession(session, view.Id, view.Sessions[name]);
        foreach (var key in touched.Intents)
            WriteIntent(session, view, key);
        if (touched.Order)
            WriteOrder(session, view);
        IsolationRows.Write(session, view, touched);
    }

    /// <summary>Drops all rows, to be made again from the journal.</summary>
    public static void Clear(SqliteSession session)
    {
        IsolationRows.Clear(session);
        foreach (var table in (RowTable[])[Runs, Tasks, Attempts, Questions, Artifacts, Sessions, Intents])
            session.Statement($"DELETE FROM {table.Name}").ExecuteNonQuery();
    }

    private static void WriteRun(SqliteSession session, RunView view) => session.Statement(
        Runs.Upsert,
        view.Id.Number,
        Text(view.Plan.Name),
        view.Position,
        JournalJson.Word(view.Phase),
        Word(view.Outcome),
        view.Removed,
        Text(view.Source.Project),
        Text(view.Source.BaseBranch),
        view.Source.BaseCommit,
        Text(view.IntegrationBranch),
        view.LandedCommit,
        view.Rehearsal is not null,
        view.IdempotencyKey,
        (double?)view.BudgetUsd,
        view.Fence,
        Time(view.AcceptedAt),
        Time(view.FinishedAt),
        view.Board).ExecuteNonQuery();

    private static void WriteTask(SqliteSession session, RunView view, TaskView task)
    {
        var row = RunSummaries.Row(view, task);
        session.Statement(
            Tasks.Upsert,
            view.Id.Number,
            row.Task,
            Text(task.Definition.Title),
            JournalJson.Word(row.State),
            Word(row.Reason),
            Text(row.Detail),
            Text(row.Summary),
            Text(task.Result?.GetRawText()),
            Text(row.Agent),
            Text(row.Model),
            row.Attempt,
            row.Session?.ToString("D"),
            Text(row.Workspace),
            Text(row.Branch),
            row.Commit,
            row.Question?.ToString(),
            task.CopyOf,
            task.RetriesUsed,
            task.Paused,
            Time(task.NotBefore),
            (double)row.CostUsd,
            (double?)task.BudgetUsd,
            row.Tokens.Input,
            row.Tokens.CacheRead,
            row.Tokens.CacheWrite,
            row.Tokens.Output,
            row.ContextPercent,
            Time(row.QueuedAt),
            Time(row.StartedAt),
            Time(row.EndedAt),
            task.Removed,
            row.SessionName,
            row.Parent).ExecuteNonQuery();
    }

    private static void WriteAttempt(SqliteSession session, RunView view, string task, AttemptView attempt) => session.Statement(
        Attempts.Upsert,
        view.Id.Number,
        task,
        attempt.Number,
        attempt.SessionId.ToString("D"),
        attempt.Resume,
        Text(attempt.Agent),
        Text(attempt.Model),
        Text(attempt.BackendVersion),
        attempt.Fence,
        Time(attempt.ClaimedAt),
        Time(attempt.StartedAt),
        Time(attempt.ActiveAt),
        Time(attempt.EndedAt),
        Time(attempt.Deadline),
        attempt.Offset,
        Word(attempt.Outcome?.Verdict),
        Word(attempt.Outcome?.Reason),
        Text(attempt.Outcome?.Message),
        attempt.Work?.Commit,
        Text(attempt.Work?.Ref),
        attempt.Usage.Turns,
        attempt.Compactions,
        (double)attempt.Usage.CostUsd,
        (double?)attempt.BudgetUsd,
        attempt.Usage.Tokens.Input,
        attempt.Usage.Tokens.CacheRead,
        attempt.Usage.Tokens.CacheWrite,
        attempt.Usage.Tokens.Output,
        attempt.Usage.ContextTokens,
        attempt.Usage.ContextWindow).ExecuteNonQuery();

    private static void WriteArtifact(SqliteSession session, RunId run, string task, int attempt, Artifact artifact) => session.Statement(
        Artifacts.Upsert,
        run.Number,
        task,
        attempt,
        Text(artifact.Name),
        artifact.MediaType,
        artifact.Sha256,
        artifact.Bytes,
        Time(artifact.KeptAt)).ExecuteNonQuery();

    private static void WriteQuestion(SqliteSession session, RunId run, Question question) => session.Statement(
        Questions.Upsert,
        question.Id.Number,
        run.Number,
        question.Task.Task,
        question.Attempt,
        JournalJson.Word(question.Kind),
        Text(question.Text),
        JsonSerializer.Serialize(question.Options, JournalJson.Options),
        Text(question.Tool),
        Text(question.ToolInput),
        Time(question.AskedAt),
        Word(question.Answer?.Decision),
        Text(question.Answer?.Text),
        Text(question.Answer?.By),
        Time(question.Answer?.At),
        question.Answer is { Delivered: true }).ExecuteNonQuery();

    private static void WriteSession(SqliteSession session, RunId run, SessionView opened) => session.Statement(
        Sessions.Upsert,
        opened.Session.Name,
        run.Number,
        Text(opened.Session.Agent),
        JournalJson.Word(opened.Session.Settings.Isolation),
        JournalJson.Word(opened.Session.Settings.Preserve),
        JournalJson.Word(opened.Session.Settings.Communication),
        Time(opened.OpenedAt),
        Time(opened.ClosedAt)).ExecuteNonQuery();

    private static void WriteIntent(SqliteSession session, RunView view, string key)
    {
        if (view.Intents.TryGetValue(key, out var open))
            session.Statement(Intents.Upsert, view.Id.Number, Text(key), JournalJson.Word(open.Kind), Text(open.Detail)).ExecuteNonQuery();
        else
            session.Statement(Intents.Delete, view.Id.Number, Text(key)).ExecuteNonQuery();
    }

    private static void WriteOrder(SqliteSession session, RunView view)
    {
        var ordinal = 0;
        foreach (var id in view.Order)
            session.Statement(SetOrdinal, view.Id.Number, id, ordinal++).ExecuteNonQuery();
    }

    // Readers in C end a text at its first NUL: what an agent hides behind one would be in the row and on no screen.
    public static string? Text(string? text) => text?.Replace('\0', '\ufffd');

    private static string? Word<TEnum>(TEnum? value)
        where TEnum : struct, Enum => value is { } given ? JournalJson.Word(given) : null;

    public static string? Time(DateTimeOffset? time) => time is { } given ? Time(given) : null;

    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
