using System.Text.Json;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.EndToEnd.Tests.Claude;

// What reaches the model, and what must not.
public abstract partial class ClaudeCodeTests
{
    [Fact]
    public async Task the_worker_tools_and_nothing_superfluous_are_offered()
    {
        await using var desk = await SetAsync("  - answer: ok");
        await desk.RunAsync(desk.Task("hi"));

        Assert.Equal(
            ["Bash", "Edit", "Read", "Write", "mcp__cloister__artifact", "mcp__cloister__ask", "mcp__cloister__done", "mcp__cloister__report"],
            desk.Server.Requests.First(request => request.Endpoint == "messages").Tools.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("--settings={\"hooks\":{}}")]
    [InlineData("--")]
    [InlineData("-p")]
    [InlineData("x")]
    [InlineData("/cost")]
    [InlineData("/exit")]
    [InlineData("/clear")]
    [InlineData("/init")]
    [InlineData("/compact now")]
    [InlineData("  /cost")]
    [InlineData("\n/cost")]
    [InlineData("\u00a0/cost")]
    [InlineData("!touch a")]
    [InlineData("#remember")]
    [InlineData("@/etc/passwd")]
    [InlineData("@../secret")]
    [InlineData("nul \0 esc \u001b[2J\u001b]52;c;AAAA\u0007 bidi \u202e sep \u2028 emoji \ud83d\ude00 end")]
    [InlineData("line\r\nends\rof\nall kinds\n")]
    public async Task any_prompt_reaches_the_model_byte_for_byte(string prompt)
    {
        await using var desk = await SetAsync("  - answer: ok");

        var outcome = await desk.RunAsync(desk.Task(prompt));

        Assert.Equal((AgentVerdict.Succeeded, "ok"), (outcome.Verdict, outcome.Result));
        Assert.Contains(prompt, desk.LastUserTexts());
        Assert.DoesNotContain("root:", string.Concat(desk.LastUserTexts()), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(desk.Workspace));
    }

    [Fact]
    public async Task a_prompt_of_two_megabytes_arrives_whole_and_a_longer_one_is_refused()
    {
        await using var desk = await SetAsync("  - answer: ok");
        var longest = string.Concat(Enumerable.Repeat("0123456789abcde\n", 2 * 1024 * 1024 / 16));

        Assert.Equal(AgentVerdict.Succeeded, (await desk.RunAsync(desk.Task(longest) with { Model = "claude-opus-4-8[1m]" })).Verdict);
        Assert.Contains(longest, desk.LastUserTexts());
        var error = await Assert.ThrowsAsync<CloisterException>(() => desk.RunAsync(desk.Task(longest + "x", attempt: 2)));
        Assert.Equal(("claude.prompt", "the prompt has 2097153 bytes; at most 2097152 are allowed"), (error.Code, error.Message));
    }

    [Fact]
    public async Task a_prompt_that_no_window_of_its_model_can_hold_says_so()
    {
        await using var desk = await SetAsync("  - answer: ok");

        var outcome = await desk.RunAsync(desk.Task(new string('x', 2 * 1024 * 1024)));

        Assert.Equal((AgentVerdict.Failed, TaskReason.Context, 0), (outcome.Verdict, outcome.Reason, desk.ModelCalls));
        Assert.StartsWith("Prompt is too long", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_conversation_is_compacted_within_the_window_that_was_set_and_goes_on()
    {
        // Versions differ in how large they take this model's window to be; left alone, one of them would go on to a million.
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: echo one, description: d } }
                  - { tool: Bash, input: { command: echo two, description: d }, usage: { cacheRead: 175000 } }
                  - { tool: Bash, input: { command: echo three, description: d } }
                  - 'after ${lastToolResult}'
            """);
        await using var follower = desk.Follow(desk.Task("Long work") with { Model = "claude-opus-4-8" });

        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, "after three", 200_000L), (outcome.Verdict, outcome.Result, follower.Usage.ContextWindow));
        Assert.True(Assert.Single(follower.Events.OfType<AgentCompacted>()).PreTokens > 170_000);
    }

    [Fact]
    public async Task a_long_window_is_asked_for_once_and_told_as_the_cli_has_it()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: echo one, description: d } }
                  - { tool: Bash, input: { command: echo two, description: d } }
                  - 'ok'
            """);
        await using var follower = desk.Follow(desk.Task("Work") with { Model = "claude-opus-4-8[1m]" });

        Assert.Equal(AgentVerdict.Succeeded, (await follower.EndAsync()).Verdict);
        Assert.Equal(1_000_000, follower.Usage.ContextWindow);
        Assert.InRange(desk.Server.Requests.Count(request => request.Endpoint == "count_tokens"), 1, 15);
    }

    [Fact]
    public async Task a_structured_result_arrives_or_the_task_fails_its_check()
    {
        await using var desk = await SetAsync("""
              - { when: { prompt: count }, steps: [{ tool: StructuredOutput, input: { n: 3 } }] }
              - answer: 'no'
            """);
        var schema = JsonElement.Parse("""{"type":"object","properties":{"n":{"type":"number"}},"required":["n"]}""");

        var given = await desk.RunAsync(desk.Task("count") with { ResultSchema = schema });
        var missing = await desk.RunAsync(desk.Task("refuse") with
        {
            ResultSchema = schema,
            SessionId = Guid.Parse("0199aaaa-0000-7000-8000-000000000002"),
            AttemptDirectory = desk.Workspace + "-2",
        });

        Assert.Equal((AgentVerdict.Succeeded, """{"n":3}"""), (given.Verdict, given.StructuredResult!.Value.GetRawText()));
        Assert.Equal((AgentVerdict.Failed, TaskReason.Check), (missing.Verdict, missing.Reason));
    }

    [Fact]
    public async Task a_hostile_repository_runs_nothing()
    {
        await using var desk = await SetAsync("  - steps: [{ tool: Bash, input: { command: 'true', description: d } }, 'ok']");
        var claude = Directory.CreateDirectory(Path.Combine(desk.Workspace, ".claude")).FullName;
        var hook = """[{"hooks":[{"type":"command","command":"touch PWNED"}]}]""";
        await File.WriteAllTextAsync(Path.Combine(claude, "settings.json"), $$"""
            {"apiKeyHelper":"touch PWNED","env":{"PWNED":"1"},"hooks":{"SessionStart":{{hook}},"UserPromptSubmit":{{hook}},"PreToolUse":{{hook}},"Stop":{{hook}}},"enableAllProjectMcpServers":true}
            """, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(desk.Workspace, ".mcp.json"), """{"mcpServers":{"x":{"command":"touch","args":["PWNED"]}}}""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(desk.Workspace, "CLAUDE.md"), "HOSTILE", TestContext.Current.CancellationToken);

        Assert.Equal(AgentVerdict.Succeeded, (await desk.RunAsync(desk.Task("Go"))).Verdict);
        Assert.False(Exists(desk, "PWNED"));
        Assert.DoesNotContain("HOSTILE", desk.Server.Requests[^1].Body!, StringComparison.Ordinal);
    }
}
