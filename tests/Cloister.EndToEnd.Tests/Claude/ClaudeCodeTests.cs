using Cloister.Agents;
using Cloister.Questions;
using Cloister.Sessions;

namespace Cloister.EndToEnd.Tests.Claude;

/// <summary>The backend with the oldest version we promise to work with.</summary>
public sealed class OldestClaudeCodeTests() : ClaudeCodeTests("CLOISTER_CLAUDE_OLDEST");

/// <summary>The backend with the newest one.</summary>
public sealed class NewestClaudeCodeTests() : ClaudeCodeTests("CLOISTER_CLAUDE_NEWEST");

/// <summary>What the backend promises, with the real CLI, the real shim and a rehearsed model.</summary>
public abstract partial class ClaudeCodeTests(string version)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    private Task<Desk> SetAsync(string rules) => Desk.SetAsync(version, rules);

    private static Answer Say(AnswerDecision decision, string? text = null) => new(decision, text, "person", Now);

    private static AgentDefinition Asking => BuiltInAgents.Coder with { PermissionMode = "default" };

    [Fact]
    public async Task one_prompt_is_done_and_paid_for()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Write, input: { file_path: 'out.txt', content: "hello\n" } }
                  - { tool: Bash, input: { command: 'echo more >> out.txt', description: d } }
                  - 'all done'
            """);
        await using var follower = desk.Follow(desk.Task("Write it") with { Context = "# Where you are\nIn a test." });

        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, null, "all done", true), (outcome.Verdict, outcome.Reason, outcome.Result, outcome.Resumable));
        Assert.Equal("hello\nmore\n", await File.ReadAllTextAsync(Path.Combine(desk.Workspace, "out.txt")));
        Assert.Equal("claude-sonnet-4-5", Assert.Single(follower.Events.OfType<AgentReady>()).Model);
        Assert.Equal(["Write out.txt", "Bash echo more >> out.txt", "all done"], follower.Events.OfType<AgentActivity>().Select(activity => activity.Line));
        var paid = desk.Server.Requests.Select(request => request.Usage).Where(usage => usage.Output > 0).ToList();
        Assert.Equal(
            (paid.Sum(usage => usage.Input), paid.Sum(usage => usage.CacheRead), paid.Sum(usage => usage.CacheWrite), paid.Sum(usage => usage.Output)),
            (outcome.Tokens.Input, outcome.Tokens.CacheRead, outcome.Tokens.CacheWrite, outcome.Tokens.Output));
        Assert.True(outcome.CostUsd > 0);
        Assert.Equal((outcome.Tokens, outcome.CostUsd, 3, 200_000L), (follower.Usage.Tokens, follower.Usage.CostUsd, follower.Usage.Turns, follower.Usage.ContextWindow));
    }

    [Fact]
    public async Task the_log_tells_what_was_said_and_done()
    {
        await using var desk = await SetAsync("  - steps: [{ text: 'Looking.', tool: Bash, input: { command: 'echo hi', description: d } }, 'It says hi']");
        var task = desk.Task("Go");
        await desk.RunAsync(task);

        var page = await desk.Backend(task).ReadLogAsync(task.AttemptDirectory, 0, TestContext.Current.CancellationToken);

        Assert.True(page.Ended);
        Assert.Equal(
            [("text", "Looking."), ("tool", "echo hi"), ("result", "hi"), ("text", "It says hi"), ("end", "It says hi")],
            page.Told.Select(line => (line.Kind, line.Text)));
        Assert.Empty((await desk.Backend(task).ReadLogAsync(task.AttemptDirectory, page.NextOffset, TestContext.Current.CancellationToken)).Lines);
    }

    private static bool Exists(Desk desk, string file) => File.Exists(Path.Combine(desk.Workspace, file));
}
