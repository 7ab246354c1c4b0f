using System.Text.Json;
using Cloister.Runs;
using Cloister.SessionFiles;

namespace Cloister.Tests.SessionFiles;

public sealed class ActiveSessionsFileTests : IDisposable
{
    private readonly SessionScratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private static ActiveSession Session(string name, SessionStatus status = SessionStatus.Running) => new(
        SessionName.Parse(name), "r7/api", "r7", "implementer", status, "isolated", 4711, "/work", "/state/communication",
        SessionScratch.Now, SessionScratch.Now.AddSeconds(90), 12_345, 100_000, "normal", 0.25m, null);

    [Fact]
    public void the_file_says_what_other_programs_want_to_know()
    {
        var file = new ActiveSessionsFile(_scratch.Isolation);
        file.Write([Session("r7-api"), new(SessionName.Parse("backend"), null, null, "reviewer", SessionStatus.Waiting, "standard", null, null, "/c", null, SessionScratch.Now, null, null, null, null, "a \"task\"")]);

        Assert.Equal(Path.Combine(_scratch.Isolation, "monitoring", "active_sessions.json"), file.Path);
        Assert.Equal(SessionScratch.OwnerFile, File.GetUnixFileMode(file.Path));
        Assert.Equal(
            """
            {
              "version": 1,
              "sessions": [
                {
                  "session_id": "r7-api",
                  "task_id": "r7/api",
                  "run": "r7",
                  "specialist_type": "implementer",
                  "status": "running",
                  "mode": "isolated",
                  "process_id": 4711,
                  "workspace_path": "/work",
                  "communication_dir": "/state/communication",
                  "started_at": "2026-03-01T12:00:00.000Z",
                  "updated_at": "2026-03-01T12:01:30.000Z",
                  "context_tokens_used": 12345,
                  "context_limit": 100000,
                  "zone": "normal",
                  "cost_usd": 0.25,
                  "waiting_for": null
                },
                {
                  "session_id": "backend",
                  "task_id": null,
                  "run": null,
                  "specialist_type": "reviewer",
                  "status": "waiting",
                  "mode": "standard",
                  "process_id": null,
                  "workspace_path": null,
                  "communication_dir": "/c",
                  "started_at": null,
                  "updated_at": "2026-03-01T12:00:00.000Z",
                  "context_tokens_used": null,
                  "context_limit": null,
                  "zone": null,
                  "cost_usd": null,
                  "waiting_for": "a \"task\""
                }
              ]
            }

            """,
            File.ReadAllText(file.Path));
    }

    [Fact]
    public void every_status_is_a_word_of_the_seed() => Assert.Equal(
        ["starting", "running", "waiting", "completed", "failed", "timeout"], Enum.GetValues<SessionStatus>().Select(SessionStatuses.Word));

    [Theory]
    [InlineData(TaskState.Planned, null, "waiting")]
    [InlineData(TaskState.HandedOut, null, "waiting")]
    [InlineData(TaskState.Queued, null, "starting")]
    [InlineData(TaskState.Queued, TaskReason.RateLimit, "waiting")]
    [InlineData(TaskState.Working, null, "running")]
    [InlineData(TaskState.NeedsInput, null, "waiting")]
    [InlineData(TaskState.Review, null, "completed")]
    [InlineData(TaskState.Failed, TaskReason.Timeout, "timeout")]
    [InlineData(TaskState.Failed, TaskReason.Crash, "failed")]
    [InlineData(TaskState.Stopped, TaskReason.User, "failed")]
    public void a_tasks_state_has_its_word(TaskState state, TaskReason? reason, string word) => Assert.Equal(word, SessionStatuses.Word(SessionStatuses.Of(state, reason)));

    [Fact]
    public async Task whoever_reads_sees_a_whole_document_at_any_moment()
    {
        var file = new ActiveSessionsFile(_scratch.Isolation);
        file.Write([]);
        using var over = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadAll(file.Path, over.Token))).ToList();
        for (var i = 0; i < 400; i++)
            file.Write([.. Enumerable.Range(0, i % 20).Select(n => Session($"s{n}") with { CostUsd = i })]);
        await over.CancelAsync();

        Assert.All(await Task.WhenAll(readers), reads => Assert.NotEqual(0, reads));
    }

    [Fact]
    public void a_link_in_its_place_is_replaced_not_followed()
    {
        var victim = Path.Combine(_scratch.Root, "victim");
        File.WriteAllText(victim, "untouched");
        var file = new ActiveSessionsFile(_scratch.Isolation);
        file.Write([]);
        File.Delete(file.Path);
        File.CreateSymbolicLink(file.Path, victim);

        file.Write([Session("r7-api")]);

        Assert.Equal(("untouched", null), (File.ReadAllText(victim), new FileInfo(file.Path).LinkTarget));
    }

    private static int ReadAll(string path, CancellationToken over)
    {
        var reads = 0;
        do
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            Assert.Equal(1, document.RootElement.GetProperty("version").GetInt32());
            Assert.InRange(document.RootElement.GetProperty("sessions").GetArrayLength(), 0, 20);
            reads++;
        }
        while (!over.IsCancellationRequested);
        return reads;
    }
}
