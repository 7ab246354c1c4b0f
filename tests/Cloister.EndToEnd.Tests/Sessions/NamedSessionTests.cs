using System.Globalization;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Sessions;

/// <summary>Two tasks of one named session: one after another, in one workspace, with what the session is to carry over.</summary>
public sealed class NamedSessionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const string Rules = """
        rules:
          - when: { prompt: SECOND-WORDS }
            steps:
              - { tool: Bash, input: { command: 'cat first.txt && echo two > second.txt', description: Go on } }
              - { tool: mcp__cloister__done, input: { summary: "saw ${lastToolResult}" } }
              - second done
          - when: { prompt: FIRST-WORDS }
            steps:
              - { tool: Bash, input: { command: 'sleep 1; echo one > first.txt; echo ignored > build.tmp', description: Begin } }
              - { tool: mcp__cloister__done, input: { summary: FIRST-SUMMARY } }
              - first done
        """;

    [Theory]
    [InlineData("session", true, true)]
    [InlineData("task", false, true)]
    [InlineData("none", false, false)]
    public async Task the_second_task_knows_of_the_first_what_the_session_preserves(string preserve, bool words, bool summary)
    {
        await using var repository = await TestRepository.CreateAsync((".gitignore", "*.tmp\n"));
        var markers = new RehearsalOptions { Markers = ["FIRST-WORDS", "FIRST-SUMMARY"] };
        await using var model = await RehearsalServer.StartAsync(Scenario.Parse(Rules, "named session"), markers, TestContext.Current.CancellationToken);
        repository.Write("work.plan.yaml", $$"""
            tasks:
              first: { prompt: FIRST-WORDS, session: backend, preserve: {{preserve}} }
              second: { prompt: SECOND-WORDS, session: backend, preserve: {{preserve}} }
            """);
        var cloister = repository.Cloister
            .With("ANTHROPIC_BASE_URL", model.BaseAddress.ToString())
            .With("ANTHROPIC_API_KEY", "sk-ant-rehearsal")
            .With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);
        (await cloister.RunAsync(Patience, "run", "work.plan.yaml")).Expect(0);

        var journal = Journal.Read(repository.StateFolder);
        var (first, second) = (journal.Tasks[0], journal.Tasks[1]);
        Assert.Equal(("review", "review", "saw one"), (first.Text("state"), second.Text("state"), second.Text("summary")));
        Assert.Equal(first.Text("workspace"), second.Text("workspace"));
        Assert.True(string.CompareOrdinal(first.Text("ended_at"), journal.Attempts[1].Text("claimed_at")) <= 0);
        Assert.Equal(words, journal.Attempts[0].Text("session") == journal.Attempts[1].Text("session"));
        Assert.True(File.Exists(Path.Combine(second.Text("workspace")!, "build.tmp")));

        var began = DateTimeOffset.Parse(journal.Attempts[1].Text("claimed_at")!, CultureInfo.InvariantCulture);
        var seen = model.Requests.Where(request => request.At >= began).SelectMany(request => request.Markers).ToHashSet(StringComparer.Ordinal);
        Assert.Equal((words, summary), (seen.Contains("FIRST-WORDS"), seen.Contains("FIRST-SUMMARY")));

        // Each is merged as its own commit, on top of the other.
        (await cloister.RunAsync(Patience, "merge", "r1")).Expect(0);
        Assert.Equal("first.txt\nsecond.txt", (await repository.GitAsync("diff", "--name-only", "main", "cloister/work-r1")).Trim());
        Assert.Equal("second.txt", (await repository.GitAsync("diff", "--name-only", "cloister/work-r1~1", "cloister/work-r1")).Trim());
        var collected = (await cloister.RunAsync(Patience, "gc", "-y")).Expect(0);
        Assert.False(Directory.Exists(second.Text("workspace")), collected.Output);
    }
}
