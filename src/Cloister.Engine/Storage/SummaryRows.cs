using System.Globalization;
using Cloister.Accounting;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Microsoft.Data.Sqlite;

namespace Cloister.Storage;

/// <summary>Reads lists from the rows, so that looking at many runs does not replay their journals.</summary>
internal static class SummaryRows
{
    // One statement sees one moment: a run is never listed without its tasks.
    private const string Listed =
        """
        SELECT tasks.run, name, phase, outcome, project, base_branch, base_commit, integration_branch, runs.budget_usd, accepted_at, finished_at,
               task, state, reason, agent, model, attempt, session, workspace, branch, "commit", cost_usd, input_tokens, cache_read_tokens,
               cache_write_tokens, output_tokens, context_percent, question, queued_at, started_at, ended_at, summary, detail, tasks.removed, session_name, parent, board, rehearsed
        FROM runs JOIN tasks USING (run)
        WHERE runs.removed = 0 AND (?1 OR phase <> ?2 OR EXISTS (SELECT 1 FROM tasks AS waiting WHERE waiting.run = runs.run AND waiting.state IN (?3, ?4) AND waiting.removed = 0))
        ORDER BY tasks.run DESC, ordinal
        """;

    public static IReadOnlyList<RunSummary> Read(StatementCache statements, bool all)
    {
        using var row = statements.With(Listed, [all, JournalJson.Word(RunPhase.Finished), JournalJson.Word(TaskState.Review), JournalJson.Word(TaskState.Failed)]).ExecuteReader();
        var runs = new List<RunSummary>();
        var tasks = new List<TaskRow>();
        while (row.Read())
        {
            if (runs.Count == 0 || runs[^1].Run.Number != row.GetInt32(0))
                runs.Add(RunOf(row, tasks = []));
            var task = TaskOf(row);
            // What was spent is spent, whatever is forgotten.
            runs[^1] = runs[^1] with { CostUsd = runs[^1].CostUsd + task.CostUsd };
            if (!row.GetBoolean(33))
                tasks.Add(task);
        }
        return runs;
    }

    private static RunSummary RunOf(SqliteDataReader row, IReadOnlyList<TaskRow> tasks) => new(
        new RunId(row.GetInt32(0)),
        row.GetString(1),
        JournalJson.Value<RunPhase>(row.GetString(2)),
        Text(row, 3) is { } outcome ? JournalJson.Value<RunOutcome>(outcome) : null,
        row.GetString(4),
        RunSummaries.Base(Text(row, 5), Text(row, 6)),
        row.GetString(7),
        CostUsd: 0,
        row.IsDBNull(8) ? null : (decimal)row.GetDouble(8),
        Time(row.GetString(9)),
        Text(row, 10) is { } finished ? Time(finished) : null,
        tasks)
    {
        Board = row.GetBoolean(36),
        Rehearsed = row.GetBoolean(37),
    };

    private static TaskRow TaskOf(SqliteDataReader row) => new(
        new RunId(row.GetInt32(0)),
        row.GetString(11),
        JournalJson.Value<TaskState>(row.GetString(12)),
        Text(row, 13) is { } reason ? JournalJson.Value<TaskReason>(reason) : null,
        Text(row, 14),
        Text(row, 15),
        row.GetInt32(16),
        Text(row, 17) is { } session ? Guid.ParseExact(session, "D") : null,
        Text(row, 18),
        Text(row, 19),
        Text(row, 20),
        (decimal)row.GetDouble(21),
        new TokenUsage(row.GetInt64(22), row.GetInt64(23), row.GetInt64(24), row.GetInt64(25)),
        row.IsDBNull(26) ? null : row.GetDouble(26),
        Text(row, 27) is { } question ? QuestionId.Parse(question, CultureInfo.InvariantCulture) : null,
        Time(row.GetString(28)),
        Text(row, 29) is { } started ? Time(started) : null,
        Text(row, 30) is { } ended ? Time(ended) : null,
        Text(row, 31),
        Text(row, 32))
    {
        SessionName = Text(row, 34),
        Parent = Text(row, 35),
    };

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset Time(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
