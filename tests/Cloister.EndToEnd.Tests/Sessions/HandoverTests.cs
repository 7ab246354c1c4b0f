using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Sessions;

/// <summary>A session that reaches its limit again and again does the same work as one that never does.</summary>
public sealed class HandoverTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // Six parts, one in each conversation; only the workspace knows how many there are.
    private const string Rules = """
        rules:
          - name: hands over
            when: { prompt: six parts, last: context is nearly full }
            steps:
              - { tool: mcp__cloister__done, input: { summary: "another part is written", left: "the parts that are still missing" } }
              - handed over
          - name: all parts are there
            when: { prompt: six parts, toolResult: part 6 of 6 }
            answer: { tool: mcp__cloister__done, input: { summary: all six parts are written } }
          - name: another part is there
            when: { prompt: six parts, toolResult: '/part [1-5] of 6/' }
            answer: { tool: Bash, input: { command: echo LOOKED ONCE, description: Look around }, usage: { cacheRead: 95000 } }
          - name: looks again
            when: { prompt: six parts, toolResult: LOOKED ONCE }
            answer: { tool: Bash, input: { command: echo LOOKED TWICE, description: Look again }, usage: { cacheRead: 95000 } }
          - name: goes on
            when: { prompt: six parts, toolResult: LOOKED TWICE }
            answer: { tool: Bash, input: { command: NEXT, description: Write the next part }, usage: { cacheRead: 1000 } }
          - name: ends
            when: { prompt: six parts, toolResult: /Noted/ }
            answer: it is done
          - name: begins
            when: { prompt: six parts, turn: 1 }
            answer: { tool: Bash, input: { command: NEXT, description: Write the next part }, usage: { cacheRead: 1000 } }
        """;

    // Each is a commit of the agent, and a line that it never commits.
    private const string NextPart = """
        'n=$(( $(ls part-* 2>/dev/null | wc -l) + 1 )); echo "words of part $n" > part-$n.txt; git add part-$n.txt; git commit -qm "Write part $n"; echo "part $n was hard" >> notes.txt; echo part $n of 6'
        """;

    [Fact]
    public async Task five_hand_overs_leave_the_same_files_commits_and_result_as_none()
    {
        var disturbed = await WorkAsync(contextLimit: "100000");
        var undisturbed = await WorkAsync(contextLimit: null);

        Assert.Equal((5, 0), (disturbed.Handovers, undisturbed.Handovers));
        Assert.Equal(undisturbed.Files, disturbed.Files);
        Assert.Equal(undisturbed.Tree, disturbed.Tree);
        Assert.Equal(undisturbed.Commits, disturbed.Commits);
        Assert.Equal(Enumerable.Range(1, 6).Select(part => $"Write part {part}"), Subjects(disturbed.Commits));
        Assert.Equal(("review", "all six parts are written"), (disturbed.State, disturbed.Summary));
        Assert.Equal((undisturbed.State, undisturbed.Summary), (disturbed.State, disturbed.Summary));
        Assert.Equal(6, disturbed.Conversations);
        Assert.All(disturbed.HandOvers, text => Assert.Contains("another part is written", text, StringComparison.Ordinal));
        // The person's message, sent into the first conversation, reached an agent once.
        Assert.Equal((1, 1), (disturbed.Heard, undisturbed.Heard));
    }

    private static async Task<Outcome> WorkAsync(string? contextLimit)
    {
        await using var repository = await TestRepository.CreateAsync();
        // Who is to hand over hears of it while the model thinks, however long that takes.
        var options = new RehearsalOptions { Hold = (request, _) => contextLimit is not null && request.Rule == "looks again" ? Told.ToHandOverAsync(repository, request) : Task.CompletedTask };
        await using var model = await RehearsalServer.StartAsync(Scenario.Parse(Rules.Replace("NEXT", NextPart, StringComparison.Ordinal), "handover"), options, TestContext.Current.CancellationToken);
        repository.Write("work.plan.yaml", $$"""
            tasks:
              book: { prompt: Write six parts., {{(contextLimit is null ? "" : $"contextLimit: {contextLimit}")}} }
            """);
        var cloister = repository.Cloister
            .With("ANTHROPIC_BASE_URL", model.BaseAddress.ToString())
            .With("ANTHROPIC_API_KEY", "sk-ant-rehearsal")
            .With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);
        (await cloister.RunAsync(Patience, "run", "--detach", "work.plan.yaml")).Expect(0);
        (await cloister.RunAsync(Patience, "send", "r1/book", "mind the commas")).Expect(0);
        (await cloister.RunAsync(Patience, "wait", "r1", "--timeout", "100s")).Expect(0);

        var journal = Journal.Read(repository.StateFolder);
        var task = journal.Tasks.Single();
        var branch = task.Text("branch")!;
        return new Outcome(
            journal.Events.Count(entry => entry.Type == "attempt.handover_asked"),
            journal.Attempts.Select(attempt => attempt.Text("session")).Distinct(StringComparer.Ordinal).Count(),
            task.Text("state")!,
            task.Text("summary")!,
            await repository.GitAsync("diff", "--stat", "main", branch),
            await repository.GitAsync("rev-parse", $"{branch}^{{tree}}"),
            // Those of the agent, with what they changed: beside them there is what was kept when a conversation ended.
            await repository.GitAsync("log", "--reverse", "--patch", "--format=commit: %s", $"main..{branch}", "--", "part-*.txt"),
            [.. Directory.EnumerateFiles(Path.Combine(repository.StateFolder, "isolation", "sessions", "r1-book", "progress"), "*.md").Select(File.ReadAllText)],
            journal.Events.Count(entry => entry.Type == "input.delivered" && entry.Body.GetProperty("key").GetString()!.StartsWith("message:", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Subjects(string commits) =>
        commits.Split('\n').Where(line => line.StartsWith("commit: ", StringComparison.Ordinal)).Select(line => line["commit: ".Length..]);

    private sealed record Outcome(
        int Handovers, int Conversations, string State, string Summary, string Files, string Tree, string Commits, IReadOnlyList<string> HandOvers, int Heard);
}
