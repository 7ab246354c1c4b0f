using Cloister.Processes;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.EndToEnd.Tests.Claude;

// Every way an attempt can end.
public abstract partial class ClaudeCodeTests
{
    [Fact]
    public async Task after_kill_9_the_conversation_goes_on_and_every_turn_is_counted_once()
    {
        await using var desk = await SetAsync("""
              - { when: { last: again }, steps: ['back again'] }
              - steps:
                  - { tool: Bash, input: { command: 'echo one > one', description: d } }
                  - { tool: mcp__cloister__ask, input: { question: 'Wait?' } }
            """);
        await using var follower = desk.Follow(desk.Task("Work"));
        await follower.SeeAsync<AgentAsked>();
        var spent = desk.Server.Requests.Sum(request => request.Usage.Input + request.Usage.CacheRead + request.Usage.CacheWrite + request.Usage.Output);
        // The tool starts before the message that called it has told its last figures.
        await follower.SeeAsync<AgentUsage>(usage => usage.Tokens.Context + usage.Tokens.Output == spent);
        await desk.ConversationAsync("tool_result");
        Kill(desk, 1);
        var crashed = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Crashed, TaskReason.Crash, true), (crashed.Verdict, crashed.Reason, crashed.Resumable));
        Assert.Equal("killed by signal 9", crashed.Message);
        Assert.Equal(spent, crashed.Tokens.Context + crashed.Tokens.Output);

        await using var second = desk.Follow(desk.Task("again", attempt: 2));
        var resumed = await second.EndAsync();
        var paid = desk.Server.Requests[^1].Usage;

        Assert.Equal((AgentVerdict.Succeeded, "back again"), (resumed.Verdict, resumed.Result));
        Assert.Equal((paid.Input, paid.CacheRead, paid.CacheWrite, paid.Output), (resumed.Tokens.Input, resumed.Tokens.CacheRead, resumed.Tokens.CacheWrite, resumed.Tokens.Output));
    }

    [Fact]
    public async Task the_budget_stops_it_before_the_next_turn()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'echo one >> ran', description: d }, usage: { input: 100, output: 1000 } }
                  - { tool: Bash, input: { command: 'echo two >> ran', description: d }, usage: { input: 100, output: 1000 } }
                  - 'never'
            """);

        var outcome = await desk.RunAsync(desk.Task("Spend") with { BudgetUsd = 0.01m });

        Assert.Equal((AgentVerdict.Failed, TaskReason.Budget, true), (outcome.Verdict, outcome.Reason, outcome.Resumable));
        Assert.Equal(1, desk.ModelCalls);
        Assert.InRange(outcome.CostUsd, 0.015m, 0.0299m);
        Assert.False(Exists(desk, "never"));
    }

    [Fact]
    public async Task without_any_budget_left_nothing_starts()
    {
        await using var desk = await SetAsync("  - answer: ok");

        var outcome = await desk.RunAsync(desk.Task("Spend") with { BudgetUsd = 0 });

        Assert.Equal((AgentVerdict.Failed, TaskReason.Budget, 0), (outcome.Verdict, outcome.Reason, desk.ModelCalls));
    }

    [Theory]
    [InlineData(StopCause.User, AgentVerdict.Stopped, TaskReason.User)]
    [InlineData(StopCause.Budget, AgentVerdict.Failed, TaskReason.Budget)]
    public async Task a_stop_ends_the_agent_and_what_it_runs(StopCause cause, AgentVerdict verdict, TaskReason reason)
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'touch started; read line < /dev/zero; touch survived', description: d } }
                  - 'never'
            """);
        await using var follower = desk.Follow(desk.Task("Run long"));
        await follower.SeeAsync<AgentActivity>(activity => activity.Line.StartsWith("Bash", StringComparison.Ordinal));
        await follower.SendAsync(new StopAgent("s1", cause));

        var outcome = await follower.EndAsync();

        Assert.Equal((verdict, reason, true), (outcome.Verdict, outcome.Reason, outcome.Resumable));
        Assert.False(Exists(desk, "survived"));
        Assert.Contains(new AgentInputDelivered("s1"), follower.Events);
    }

    [Fact]
    public async Task a_stop_while_it_waits_for_a_person_withdraws_the_question()
    {
        await using var desk = await SetAsync("  - steps: [{ tool: Bash, input: { command: 'touch a', description: d } }, 'never']");
        await using var follower = desk.Follow(desk.Task("Touch") with { Agent = Asking });
        var asked = await follower.SeeAsync<AgentAsked>();
        await follower.SendAsync(new StopAgent("s1", StopCause.User));

        Assert.Equal(AgentVerdict.Stopped, (await follower.EndAsync()).Verdict);
        Assert.Contains(new AgentQuestionWithdrawn(asked.Key), follower.Events);
    }

    [Fact]
    public async Task silence_is_a_stall_and_a_stall_is_a_crash()
    {
        await using var desk = await SetAsync("  - answer: { stream: hang-first, text: never }");
        desk.StallAfter = TimeSpan.FromSeconds(3);

        var outcome = await desk.RunAsync(desk.Task("Wait"));

        Assert.Equal((AgentVerdict.Crashed, TaskReason.Crash, "stalled: it made no progress for too long"), (outcome.Verdict, outcome.Reason, outcome.Message));
    }

    [Fact]
    public async Task signs_of_life_without_progress_are_a_stall_too()
    {
        await using var desk = await SetAsync("  - answer: { stream: ping-forever, text: never }");
        desk.StallAfter = TimeSpan.FromSeconds(4);

        var outcome = await desk.RunAsync(desk.Task("Wait"));

        Assert.Equal((AgentVerdict.Crashed, "stalled: it made no progress for too long"), (outcome.Verdict, outcome.Message));
    }

    [Fact]
    public async Task tries_without_progress_are_a_stall_too()
    {
        // Each try is told in less time than a stall takes; all of them together take longer.
        await using var desk = await SetAsync("  - answer: { error: { status: 529, message: busy, headers: { retry-after: '4' } } }");
        desk.StallAfter = TimeSpan.FromSeconds(6);
        await using var follower = desk.Follow(desk.Task("Wait"));

        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Crashed, "stalled: it made no progress for too long"), (outcome.Verdict, outcome.Message));
        Assert.InRange(follower.Events.OfType<AgentRetrying>().Count(), 1, 2);
    }

    [Fact]
    public async Task a_long_tool_is_no_stall()
    {
        await using var desk = await SetAsync("  - steps: [{ tool: Bash, input: { command: 'perl -e \"select undef, undef, undef, 7\"', description: d } }, 'ok']");
        desk.StallAfter = TimeSpan.FromSeconds(5);

        var outcome = await desk.RunAsync(desk.Task("Sleep"));

        Assert.Equal((AgentVerdict.Succeeded, "ok"), (outcome.Verdict, outcome.Result));
    }

    [Theory]
    [InlineData(401, AgentVerdict.Unauthorized, TaskReason.Auth, 3)]
    [InlineData(403, AgentVerdict.Unauthorized, TaskReason.Auth, 1)]
    [InlineData(429, AgentVerdict.Unavailable, TaskReason.RateLimit, 4)]
    [InlineData(500, AgentVerdict.Unavailable, TaskReason.Api, 4)]
    [InlineData(529, AgentVerdict.Unavailable, TaskReason.Api, 4)]
    [InlineData(400, AgentVerdict.Failed, TaskReason.Api, 3)]
    [InlineData(404, AgentVerdict.Failed, TaskReason.Api, 2)]
    [InlineData(413, AgentVerdict.Failed, TaskReason.Context, 2)]
    public async Task an_api_error_has_its_own_verdict(int status, AgentVerdict verdict, TaskReason reason, int mostCalls)
    {
        await using var desk = await SetAsync($"  - answer: {{ error: {{ status: {status}, message: refused }} }}");

        var outcome = await desk.RunAsync(desk.Task("Go"));

        Assert.Equal((verdict, reason), (outcome.Verdict, outcome.Reason));
        Assert.InRange(desk.ModelCalls, 1, mostCalls);
    }

    [Fact]
    public async Task a_service_that_is_not_there_is_unavailable()
    {
        await using var desk = await SetAsync("  - answer: ok");
        var task = desk.Task("Go");
        // The discard port: nothing answers.
        var environment = new Dictionary<string, string>(task.Environment, StringComparer.Ordinal) { ["ANTHROPIC_BASE_URL"] = "http://127.0.0.1:9" };

        var outcome = await desk.RunAsync(task with { Environment = environment });

        Assert.Equal((AgentVerdict.Unavailable, TaskReason.Api), (outcome.Verdict, outcome.Reason));
    }

    [Fact]
    public async Task a_used_up_subscription_parks_the_task_until_its_reset()
    {
        var reset = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 7200);
        await using var desk = await SetAsync($$"""
              - answer:
                  error:
                    status: 429
                    message: limit reached
                    headers:
                      anthropic-ratelimit-unified-status: rejected
                      anthropic-ratelimit-unified-reset: '{{reset.ToUnixTimeSeconds()}}'
                      anthropic-ratelimit-unified-representative-claim: five_hour
                      retry-after: '7200'
            """);
        var task = desk.Task("Go");
        var login = new Dictionary<string, string>(task.Environment, StringComparer.Ordinal) { ["CLAUDE_CODE_OAUTH_TOKEN"] = "sk-ant-oat01-rehearsal" };
        login.Remove("ANTHROPIC_API_KEY");

        var outcome = await desk.RunAsync(task with { Environment = login });

        Assert.Equal((AgentVerdict.Parked, TaskReason.RateLimit, reset), (outcome.Verdict, outcome.Reason, outcome.ResetsAt));
    }

    [Fact]
    public async Task a_conversation_that_is_gone_is_not_resumed_again()
    {
        await using var desk = await SetAsync("  - answer: ok");

        var outcome = await desk.RunAsync(desk.Task("Go", attempt: 2));

        Assert.Equal((AgentVerdict.Crashed, false), (outcome.Verdict, outcome.Resumable));
    }

    [Fact]
    public async Task an_abandoned_attempt_is_dead()
    {
        await using var desk = await SetAsync("  - steps: [{ tool: mcp__cloister__ask, input: { question: 'Wait?' } }]");
        var task = desk.Task("Go");
        await using var follower = desk.Follow(task);
        await follower.SeeAsync<AgentAsked>();
        await follower.DetachAsync();

        await desk.Backend(task).AbandonAsync(task.AttemptDirectory, TestContext.Current.CancellationToken);
        await desk.Backend(task).AbandonAsync(task.AttemptDirectory + "-never", TestContext.Current.CancellationToken);

        Assert.NotNull(new AttemptDirectory(task.AttemptDirectory).TryReadEnd());
    }

    private static void Kill(Desk desk, int attempt)
    {
        var agent = new AttemptDirectory(desk.Task("", attempt).AttemptDirectory).TryReadShim()!.Agent!.Value;
        Assert.True(agent.Pid > 1);
        Assert.Equal(0, Libc.kill(agent.Pid, Libc.SIGKILL));
    }
}
