using System.Text.RegularExpressions;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Sessions;
using Cloister.Tests.Runs;
using Microsoft.Data.Sqlite;

namespace Cloister.Tests.Storage;

/// <summary>The three tables that programs around isolated sessions have always read.</summary>
public sealed partial class IsolationTablesTests
{
    // As it was published.
    private const string Published = """
        CREATE TABLE isolated_sessions (
            session_id TEXT PRIMARY KEY,
            parent_task_id TEXT REFERENCES tasks(task_id),
            specialist_type TEXT NOT NULL,
            process_id INTEGER,
            status TEXT CHECK (status IN ('starting', 'running', 'waiting', 'completed', 'failed', 'timeout')) DEFAULT 'starting',
            workspace_path TEXT,
            communication_dir TEXT,
            created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
            started_at DATETIME,
            completed_at DATETIME,
            timeout_minutes INTEGER DEFAULT 30,
            auto_recovery_enabled BOOLEAN DEFAULT TRUE
        );
        CREATE TABLE isolation_communication (
            id INTEGER PRIMARY KEY,
            session_id TEXT REFERENCES isolated_sessions(session_id),
            direction TEXT CHECK (direction IN ('orchestrator_to_isolated', 'isolated_to_orchestrator')),
            message_type TEXT CHECK (message_type IN ('instruction', 'progress_update', 'completion', 'error', 'request_input')),
            content_path TEXT,
            timestamp DATETIME DEFAULT CURRENT_TIMESTAMP,
            is_processed BOOLEAN DEFAULT FALSE
        );
        CREATE TABLE context_usage_metrics (
            id INTEGER PRIMARY KEY,
            session_id TEXT REFERENCES isolated_sessions(session_id),
            task_id TEXT REFERENCES tasks(task_id),
            context_tokens_used INTEGER,
            context_efficiency_score REAL,
            specialist_context_utilization REAL,
            isolation_effectiveness REAL,
            measured_at DATETIME DEFAULT CURRENT_TIMESTAMP
        );
        """;

    private static readonly RunId One = new(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("isolated_sessions")]
    [InlineData("isolation_communication")]
    [InlineData("context_usage_metrics")]
    public async Task a_table_has_the_published_columns_types_checks_defaults_and_references(string table)
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        using var published = new SqliteConnection("Data Source=:memory:");
        published.Open();
        using var create = published.CreateCommand();
        create.CommandText = Published;
        create.ExecuteNonQuery();

        foreach (var question in (string[])[$"PRAGMA table_info({table})", $"PRAGMA foreign_key_list({table})"])
            Assert.Equal(SqliteFolder.Query(published, question), folder.Query(question));
        var text = $"SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'";
        Assert.Equal(Spaces().Replace(SqliteFolder.Query(published, text)[0], " "), Spaces().Replace(folder.Query(text)[0], " "));
    }

    [Fact]
    public async Task a_task_is_an_isolated_session_of_the_published_kind()
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(journal.Accepted("a", "b"));
        Assert.Empty(Sessions(folder));

        await journal.AppendAsync(Given.Claimed("a"));
        Assert.Equal(["r1-a|r1/a|coder||starting||isolation/sessions/r1-a/communication|2026-03-01 12:00:00.000|||30|1"], Sessions(folder));

        await journal.AppendAsync(Given.Prepared("a"), Given.Started("a") with { ProcessId = 4711 });
        Assert.Equal(["r1-a|r1/a|coder|4711|running|/work/a|isolation/sessions/r1-a/communication|2026-03-01 12:00:00.000|2026-03-01 12:00:00.000||30|1"], Sessions(folder));

        await journal.AppendAsync(Given.Asked("a", 7), new TaskPolicySet("a", null, AutoRecovery: false));
        Assert.Equal(["4711|waiting|0"], folder.Query("SELECT process_id, status, auto_recovery_enabled FROM isolated_sessions"));

        await journal.AppendAsync(Given.Ended("a"), new TaskSucceeded("a", WaitsForReview: false, "done", null, Given.Now.AddMinutes(2)));
        Assert.Equal(["|completed|2026-03-01 12:02:00.000"], folder.Query("SELECT process_id, status, completed_at FROM isolated_sessions"));

        await journal.AppendAsync([.. Given.Working("b", fence: 2), Given.Ended("b"), new TaskFailed("b", TaskReason.Timeout, "too long", Given.Now)]);
        Assert.Equal(["r1-a|completed", "r1-b|timeout"], folder.Query("SELECT session_id, status FROM isolated_sessions ORDER BY 1"));
        await AssertSoundAsync(folder, store);
    }

    [Fact]
    public async Task a_named_session_is_there_before_its_first_task_and_waits_between_two()
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var journal = new Journal(store, One);
        var settings = SessionSettings.Standard with { Name = "backend" };
        var plan = Given.Plan(Given.Task("a") with { Session = settings }, Given.Task("b") with { Session = settings });
        await journal.AppendAsync(Given.Accepted(plan));
        await journal.AppendAsync(new SessionOpened(new NamedSession("backend", "tester", settings, null, []), Given.Coder, Given.Now));
        Assert.Equal(["backend||tester||waiting||isolation/sessions/backend/communication|2026-03-01 12:00:00.000|||30|1"], Sessions(folder));

        await journal.AppendAsync([Given.Claimed("a") with { Folder = "backend/attempts/1" }, Given.Prepared("a"), Given.Started("a")]);
        Assert.Equal(["r1/a|coder|running"], folder.Query("SELECT parent_task_id, specialist_type, status FROM isolated_sessions"));
        await journal.AppendAsync([Given.Ended("a"), new TaskSucceeded("a", WaitsForReview: false, "done", null, Given.Now)]);
        Assert.Equal(["r1/a|waiting|"], folder.Query("SELECT parent_task_id, status, completed_at FROM isolated_sessions"));

        await journal.AppendAsync([Given.Claimed("b", fence: 2) with { Folder = "backend/attempts/2" }, Given.Prepared("b"), Given.Started("b"), Given.Ended("b")]);
        await journal.AppendAsync(new TaskSucceeded("b", WaitsForReview: false, "done", null, Given.Now), new SessionClosed("backend", Given.Now));
        Assert.Equal(["backend|r1/b|completed"], folder.Query("SELECT session_id, parent_task_id, status FROM isolated_sessions"));
        Assert.Equal(
            ["to_agent/0001-instruction.json", "from_agent/taken/0001-completion.json", "to_agent/0002-instruction.json", "from_agent/taken/0002-completion.json"],
            folder.Query("SELECT substr(content_path, length('isolation/sessions/backend/communication/') + 1) FROM isolation_communication ORDER BY id"));
        await AssertSoundAsync(folder, store);
    }

    [Fact]
    public async Task the_workspace_of_a_session_is_where_its_agents_begin()
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(Given.Accepted(Given.Plan(Given.Task("a") with { Session = SessionSettings.Standard with { Folder = "services/api" } })));
        await journal.AppendAsync(Given.Claimed("a"), Given.Prepared("a"));
        Assert.Equal(["/work/a/services/api"], folder.Query("SELECT workspace_path FROM isolated_sessions"));
        await AssertSoundAsync(folder, store);
    }

    [Fact]
    public async Task every_message_is_a_row_until_it_is_processed_and_after()
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(journal.Accepted("a"));
        await journal.AppendAsync(Given.Claimed("a"));
        Assert.Equal(["orchestrator_to_isolated|instruction|0"], Messages(folder));

        await journal.AppendAsync(Given.Prepared("a"), Given.Started("a"), Given.Asked("a", 7), new MessageQueued("a", "m", "Hurry", Given.Now));
        Assert.Equal(
            ["orchestrator_to_isolated|instruction|1", "isolated_to_orchestrator|request_input|0", "orchestrator_to_isolated|instruction|0"], Messages(folder));

        await journal.AppendAsync(Given.Answered(7), new InputDelivered("a", "message:m"), new AttemptNoted("a", 1, NoteKinds.Reported, "half"));
        Assert.Equal(
            [
                "orchestrator_to_isolated|instruction|1", "isolated_to_orchestrator|request_input|1", "orchestrator_to_isolated|instruction|1",
                "orchestrator_to_isolated|instruction|0", "isolated_to_orchestrator|progress_update|1",
            ],
            Messages(folder));

        await journal.AppendAsync(new InputDelivered("a", "answer:q7"), new AttemptNoted("a", 1, NoteKinds.DeclaredDone, "all"), Given.Ended("a"));
        Assert.Equal("isolated_to_orchestrator|completion|1", Messages(folder)[^1]);
        Assert.DoesNotContain(Messages(folder), row => row.EndsWith("|0", StringComparison.Ordinal));
        Assert.Equal(["attempt.claimed", "question.asked", "task.message_queued", "question.answered", "attempt.noted", "attempt.noted"], folder.Query("SELECT type FROM events JOIN isolation_communication ON id = sequence ORDER BY id"));
        await AssertSoundAsync(folder, store);
    }

    [Fact]
    public async Task a_message_that_came_as_a_file_keeps_its_name_and_the_next_ones_count_on_from_it()
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(journal.Accepted("a"));
        await journal.AppendAsync(Given.Working("a"));
        await journal.AppendAsync(new MessageFileTaken("a", "from_agent/0004-progress_update.json@abc"), new AttemptNoted("a", 1, NoteKinds.Reported, "half"));
        await journal.AppendAsync(Given.Ended("a", outcome: Given.Outcome(AgentVerdict.Crashed)));
        Assert.Equal(
            ["isolation/sessions/r1-a/communication/from_agent/taken/0004-progress_update.json", "isolation/sessions/r1-a/communication/from_agent/taken/0005-error.json"],
            folder.Query("SELECT content_path FROM isolation_communication WHERE direction = 'isolated_to_orchestrator' ORDER BY id"));
        await AssertSoundAsync(folder, store);
    }

    [Fact]
    public async Task the_context_of_an_attempt_is_measured_and_what_nobody_measured_is_null()
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var journal = new Journal(store, One);
        var plan = Given.Plan(Given.Task("a") with { Prompt = "x", Session = SessionSettings.Standard with { ContextLimit = 100_000 } }, Given.Task("b"), Given.Task("c"));
        await journal.AppendAsync(Given.Accepted(plan));
        await journal.AppendAsync(Given.Working("a"));
        Assert.Empty(folder.Query("SELECT * FROM context_usage_metrics"));
        await journal.AppendAsync(Context("a", 10_001, turns: 1), Context("a", 50_000, turns: 4), Context("a", 20_000, turns: 5));
        await journal.AppendAsync([.. Given.Working("b", fence: 2), Context("b", 30_000, turns: 2), Given.Ended("b")]);
        await journal.AppendAsync([.. Given.Working("c", fence: 3), Given.Ended("c")]);
        Assert.Equal(
            ["r1-a|r1/a|50000|0.8|0.5||2026-03-01 12:00:00.000", "r1-b|r1/b|30000|0.0001|0.15||2026-03-01 12:01:00.000", "r1-c|r1/c|||||2026-03-01 12:01:00.000"],
            folder.Query("SELECT session_id, task_id, context_tokens_used, round(context_efficiency_score, 4), specialist_context_utilization, isolation_effectiveness, measured_at FROM context_usage_metrics ORDER BY id"));
        await AssertSoundAsync(folder, store);
    }

    [Fact]
    public async Task a_conversation_that_goes_on_is_measured_by_how_it_began()
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(journal.Accepted("a", "b"));
        await journal.AppendAsync([Given.Claimed("a") with { Folder = "s/attempts/1", Prompt = "x" }, Given.Started("a"), Context("a", 10_001, turns: 1), Given.Ended("a")]);
        var conversation = journal.View.Tasks["a"].Attempt!.SessionId;
        await journal.AppendAsync([Given.Claimed("b", fence: 2) with { Folder = "s/attempts/2", SessionId = conversation, Resume = true }, Given.Started("b"), Context("b", 40_000, turns: 1)]);
        Assert.Equal(["r1/a|0.0001", "r1/b|0.75"], folder.Query("SELECT task_id, round(context_efficiency_score, 4) FROM context_usage_metrics ORDER BY id"));
        await AssertSoundAsync(folder, store);
    }

    [Fact]
    public async Task nothing_can_be_written_about_a_task_or_a_session_that_is_not_there()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        Assert.Throws<SqliteException>(() => folder.Execute("PRAGMA foreign_keys = ON; INSERT INTO isolated_sessions (session_id, specialist_type, parent_task_id) VALUES ('x', 'coder', 'r1/none')"));
        Assert.Throws<SqliteException>(() => folder.Execute("PRAGMA foreign_keys = ON; INSERT INTO isolation_communication (session_id) VALUES ('none')"));
        folder.Execute("PRAGMA foreign_keys = ON; INSERT INTO isolated_sessions (session_id, specialist_type, parent_task_id) VALUES ('x', 'coder', 'r1/a')");
        Assert.Equal(["starting|30|1"], folder.Query("SELECT status, timeout_minutes, auto_recovery_enabled FROM isolated_sessions"));
    }

    private static AttemptAdvanced Context(string task, long tokens, int turns) =>
        new(task, 1, turns, new UsageSnapshot(default, 0, tokens, 200_000, turns), null, Given.Now);

    private static List<string> Sessions(SqliteFolder folder) => folder.Query("SELECT * FROM isolated_sessions ORDER BY 1");

    private static List<string> Messages(SqliteFolder folder) =>
        folder.Query("SELECT direction, message_type, is_processed FROM isolation_communication ORDER BY id");

    private static async Task AssertSoundAsync(SqliteFolder folder, Cloister.Storage.SqliteRunStore store)
    {
        Assert.Empty(await store.VerifyAsync(Cancel));
        Assert.Empty(folder.Query("PRAGMA foreign_key_check"));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
