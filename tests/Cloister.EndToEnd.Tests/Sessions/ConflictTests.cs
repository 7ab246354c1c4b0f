using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Sessions;

/// <summary>Work that excludes each other, and work that a session's workspace lacks: what the real agent finds, and what is merged.</summary>
public sealed class ConflictTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string[] Told = ["API-SUMMARY", "MIGRATE-SUMMARY", "NEW-ROUTER"];

    private const string Rules = """
        rules:
          - when: { prompt: /FOOTER-WORDS/ }
            steps:
              - { tool: Bash, input: { command: 'cat health.txt', description: Look } }
              - { tool: mcp__cloister__done, input: { summary: "saw ${lastToolResult}" } }
              - done
          - when: { prompt: /conflict markers are left/ }
            steps:
              - { tool: Bash, input: { command: 'echo "json on the new router" > health.txt', description: Settle } }
              - { tool: mcp__cloister__done, input: { summary: settled } }
              - settled
          - name: settle
            when: { prompt: /SETTLE-WORDS|Settle the conflicts that lie/ }
            steps:
              - { tool: Bash, input: { command: 'grep -c "^<<<<<<<" health.txt', description: Look } }
              - { tool: mcp__cloister__done, input: { summary: "markers ${lastToolResult}" } }
              - I think that is settled.
          - when: { prompt: /API-WORDS/ }
            steps:
              - { tool: Bash, input: { command: 'echo "json" > health.txt', description: Write } }
              - { tool: mcp__cloister__done, input: { summary: API-SUMMARY } }
              - done
          - when: { prompt: /MIGRATE-WORDS/ }
            steps:
              - { tool: Bash, input: { command: 'echo "new router" > health.txt', description: Write } }
              - { tool: mcp__cloister__done, input: { summary: MIGRATE-SUMMARY } }
              - done
          - when: { prompt: /HEADER-WORDS/ }
            steps:
              - { tool: Bash, input: { command: 'echo header > header.txt', description: Write } }
              - done
        """;

    [Fact]
    public async Task an_agent_settles_what_two_tasks_wrote_and_the_merge_lands_all_three()
    {
        await using var stage = await StageAsync();
        stage.Repository.Write("work.plan.yaml", """
            tasks:
              api: { title: Answer in JSON, prompt: API-WORDS }
              migrate: { title: Move to the NEW-ROUTER, prompt: MIGRATE-WORDS }
              settle: { prompt: SETTLE-WORDS, needs: [api, migrate], onConflict: agent }
            """);
        (await stage.Cloister.RunAsync(Patience, "run", "work.plan.yaml")).Expect(0);

        var journal = Journal.Read(stage.Repository.StateFolder);
        var settle = journal.Tasks[2];
        Assert.Equal(("review", "settled"), (settle.Text("state"), settle.Text("summary")));
        Assert.Equal(2, journal.Attempts.Count(attempt => attempt.Text("task") == "settle"));
        Assert.Equal(Told, stage.Model.Requests.Where(request => request.Rule.StartsWith("settle", StringComparison.Ordinal)).SelectMany(request => request.Markers).Distinct().Order(StringComparer.Ordinal));
        var shown = (await stage.Cloister.RunAsync("show", "r1/settle")).Expect(0).Output;
        Assert.Contains("health.txt  changed by r1/api and r1/migrate", shown, StringComparison.Ordinal);
        Assert.Contains("conflicts are settled", shown, StringComparison.Ordinal);

        var merged = (await stage.Cloister.RunAsync(Patience, "merge", "r1")).Expect(0).Output;
        Assert.Contains("with settle", merged, StringComparison.Ordinal);
        Assert.Equal("json on the new router", (await stage.Repository.GitAsync("show", "cloister/work-r1:health.txt")).Trim());
        Assert.Equal("2", (await stage.Repository.GitAsync("rev-list", "--count", "main..cloister/work-r1")).Trim());
        (await stage.Cloister.RunAsync(Patience, "land", "r1")).Expect(0);
        Assert.Equal("json on the new router\n", File.ReadAllText(Path.Combine(stage.Repository.Project, "health.txt")));
    }

    [Fact]
    public async Task finished_work_that_does_not_merge_is_settled_on_request()
    {
        await using var stage = await StageAsync();
        stage.Repository.Write("work.plan.yaml", "tasks: { api: { prompt: API-WORDS }, migrate: { prompt: MIGRATE-WORDS } }\n");
        (await stage.Cloister.RunAsync(Patience, "run", "work.plan.yaml")).Expect(0);

        var refused = (await stage.Cloister.RunAsync(Patience, "merge", "r1")).Expect(5);
        Assert.Contains("cloister merge r1 --settle", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("r1/settle", (await stage.Cloister.RunAsync(Patience, "merge", "r1", "--settle")).Expect(0).Output, StringComparison.Ordinal);
        (await stage.Cloister.RunAsync(Patience, "wait", "r1", "--for", "ended")).Expect(0);
        (await stage.Cloister.RunAsync(Patience, "merge", "r1")).Expect(0);
        Assert.Equal("json on the new router", (await stage.Repository.GitAsync("show", "cloister/work-r1:health.txt")).Trim());
    }

    [Fact]
    public async Task a_task_of_a_session_finds_the_work_it_needs_in_its_workspace()
    {
        await using var stage = await StageAsync();
        stage.Repository.Write("work.plan.yaml", """
            tasks:
              api: { prompt: API-WORDS }
              header: { prompt: HEADER-WORDS, session: pages }
              footer: { prompt: FOOTER-WORDS, session: pages, needs: api }
            """);
        (await stage.Cloister.RunAsync(Patience, "run", "work.plan.yaml")).Expect(0);

        var journal = Journal.Read(stage.Repository.StateFolder);
        var (header, footer) = (journal.Tasks[1], journal.Tasks[2]);
        Assert.Equal("saw json", footer.Text("summary"));
        Assert.Equal(header.Text("workspace"), footer.Text("workspace"));
        Assert.Equal("", (await stage.Repository.GitAsync("-C", footer.Text("workspace")!, "status", "--porcelain")).Trim());
    }

    private static async Task<Stage> StageAsync()
    {
        var repository = await TestRepository.CreateAsync(("health.txt", "ok\n"));
        var options = new RehearsalOptions { Markers = Told };
        var model = await RehearsalServer.StartAsync(Scenario.Parse(Rules, "conflicts"), options, TestContext.Current.CancellationToken);
        return new Stage(repository, model);
    }

    private sealed record Stage(TestRepository Repository, RehearsalServer Model) : IAsyncDisposable
    {
        public CloisterCommand Cloister => Repository.Cloister
            .With("ANTHROPIC_BASE_URL", Model.BaseAddress.ToString())
            .With("ANTHROPIC_API_KEY", "sk-ant-rehearsal")
            .With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);

        public async ValueTask DisposeAsync()
        {
            await Repository.DisposeAsync();
            await Model.DisposeAsync();
        }
    }
}
