using System.Text.Json;
using Cloister.Agents;
using Cloister.Processes;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.EndToEnd.Tests.Claude;

/// <summary>The backend with the oldest version we promise to work with.</summary>
public sealed class OldestClaudeCodeTests() : ClaudeCodeTests("CLOISTER_CLAUDE_OLDEST");

/// <summary>The backend with the newest one.</summary>
public sealed class NewestClaudeCodeTests() : ClaudeCodeTests("CLOISTER_CLAUDE_NEWEST");

/// <summary>What the backend promises, with the real CLI, the real shim and a rehearsed model.</summary>
public abstract class ClaudeCodeTests(string version)
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
    public async Task the_worker_tools_and_nothing_superfluous_are_offered()
    {
        await using var desk = await SetAsync("  - answer: ok");
        await desk.RunAsync(desk.Task("hi"));

        Assert.Equal(
            ["Bash", "Edit", "Read", "Write", "mcp__cloister__ask", "mcp__cloister__done", "mcp__cloister__report"],
            desk.Server.Requests.First(request => request.Endpoint == "messages").Tools.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task a_question_waits_for_its_answer_across_engines()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: mcp__cloister__ask, input: { question: 'Which one?', options: [red, blue] } }
                  - 'chose ${lastToolResult}'
            """);
        var task = desk.Task("Choose");
        string key;
        long offset;
        await using (var first = desk.Follow(task))
        {
            var asked = await first.SeeAsync<AgentAsked>();
            Assert.Equivalent(new AgentAsked(asked.Key, QuestionKind.Question, "Which one?", ["red", "blue"], null, null), asked, strict: true);
            (key, offset) = (asked.Key, first.Offset);
            await first.DetachAsync();
        }

        await using var second = desk.Follow(task with { FromOffset = offset });
        await second.SendAsync(new DeliverAnswer("a1", key, Say(AnswerDecision.Reply, "blue")));
        await second.SendAsync(new DeliverAnswer("a1", key, Say(AnswerDecision.Reply, "blue")));
        var outcome = await second.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, "chose blue"), (outcome.Verdict, outcome.Result));
        Assert.Empty(second.Events.OfType<AgentAsked>());
        Assert.Empty(second.Events.OfType<AgentReady>());
        Assert.Contains(new AgentInputDelivered("a1"), second.Events);
    }

    [Fact]
    public async Task progress_and_the_end_are_reported_once()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: mcp__cloister__report, input: { text: 'half way', path: notes.md } }
                  - { tool: mcp__cloister__done, input: { summary: 'all of it', left: 'docs' } }
                  - 'bye'
            """);
        await using var follower = desk.Follow(desk.Task("Go"));

        Assert.Equal(AgentVerdict.Succeeded, (await follower.EndAsync()).Verdict);
        Assert.Equal(
            [new AgentReported("half way", "notes.md"), new AgentDeclaredDone("all of it", "docs")],
            follower.Events.Where(e => e is AgentReported or AgentDeclaredDone));
    }

    [Fact]
    public async Task a_permission_is_asked_with_the_whole_command()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'touch a && touch b', description: d } }
                  - { tool: Bash, input: { command: 'touch c', description: d } }
                  - 'said: ${lastToolResult}'
            """);
        await using var follower = desk.Follow(desk.Task("Touch") with { Agent = Asking });

        var first = await follower.SeeAsync<AgentAsked>();
        Assert.Equal((QuestionKind.Permission, "Bash: touch a && touch b", "Bash"), (first.Kind, first.Text, first.Tool));
        await follower.SendAsync(new DeliverAnswer("a1", first.Key, Say(AnswerDecision.Allow)));
        var second = await follower.SeeAsync<AgentAsked>(asked => asked.Key != first.Key);
        await follower.SendAsync(new DeliverAnswer("a2", second.Key, Say(AnswerDecision.Deny, "no c today")));
        var outcome = await follower.EndAsync();

        Assert.Equal(AgentVerdict.Succeeded, outcome.Verdict);
        Assert.Contains("no c today", outcome.Result, StringComparison.Ordinal);
        Assert.Equal((true, true, false), (Exists(desk, "a"), Exists(desk, "b"), Exists(desk, "c")));
    }

    [Fact]
    public async Task a_granted_rule_needs_no_person()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'touch a', description: d } }
                  - { tool: Bash, input: { command: 'chmod 600 a', description: d } }
                  - 'ok'
            """);
        await using var follower = desk.Follow(desk.Task("Touch") with { Agent = Asking, AllowRules = ["Bash(touch:*)"] });

        var asked = await follower.SeeAsync<AgentAsked>();
        await follower.SendAsync(new GrantRule("g1", "Bash(chmod 600 *)"));
        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, "Bash: chmod 600 a"), (outcome.Verdict, asked.Text));
        Assert.Single(follower.Events.OfType<AgentAsked>());
        Assert.Contains(new AgentQuestionWithdrawn(asked.Key), follower.Events);
    }

    [Fact]
    public async Task a_run_in_which_everything_was_denied_is_not_a_success()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'touch a', description: d } }
                  - 'I could not'
            """);
        await using var follower = desk.Follow(desk.Task("Touch") with { Agent = Asking });
        await follower.SendAsync(new DeliverAnswer("a1", (await follower.SeeAsync<AgentAsked>()).Key, Say(AnswerDecision.Deny)));

        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Failed, TaskReason.Denied), (outcome.Verdict, outcome.Reason));
    }

    [Fact]
    public async Task a_plan_is_shown_first_and_carried_out_after_approval()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { text: '1. touch a', tool: ExitPlanMode, input: { plan: '1. touch a' } }
                  - { tool: Bash, input: { command: 'touch a', description: d } }
                  - 'done'
            """);
        await using var follower = desk.Follow(desk.Task("Plan") with { Agent = BuiltInAgents.Coder with { PermissionMode = "plan" } });
        var plan = await follower.SeeAsync<AgentAsked>();
        Assert.Equal((QuestionKind.Plan, "1. touch a"), (plan.Kind, plan.Text));
        await follower.SendAsync(new DeliverAnswer("a1", plan.Key, Say(AnswerDecision.Allow)));

        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, true), (outcome.Verdict, Exists(desk, "a")));
        Assert.Single(follower.Events.OfType<AgentAsked>());
    }

    [Fact]
    public async Task what_plan_mode_does_without_approval_is_asked()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: Bash, input: { command: 'touch a', description: d } }
                  - 'done'
            """);
        await using var follower = desk.Follow(desk.Task("Plan") with { Agent = BuiltInAgents.Coder with { PermissionMode = "plan" } });
        await follower.SendAsync(new DeliverAnswer("a1", (await follower.SeeAsync<AgentAsked>()).Key, Say(AnswerDecision.Deny)));
        await follower.EndAsync();

        Assert.False(Exists(desk, "a"));
    }

    [Fact]
    public async Task claude_s_own_question_tool_is_answered_too()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - tool: AskUserQuestion
                    input:
                      questions:
                        - { question: 'Which DB?', header: DB, multiSelect: false, options: [{ label: SQLite, description: s }, { label: Pg, description: p }] }
                        - { question: 'Which port?', header: Port, multiSelect: false, options: [{ label: '1', description: s }, { label: '2', description: p }] }
                  - 'heard: ${lastToolResult}'
            """);
        await using var follower = desk.Follow(desk.Task("Ask") with { Agent = BuiltInAgents.Coder with { Tools = ["Read", "AskUserQuestion"] } });
        var first = await follower.SeeAsync<AgentAsked>(asked => asked.Text == "Which DB?");
        var second = await follower.SeeAsync<AgentAsked>(asked => asked.Text == "Which port?");
        await follower.SendAsync(new DeliverAnswer("a2", second.Key, Say(AnswerDecision.Reply, "2")));
        await follower.SendAsync(new DeliverAnswer("a1", first.Key, Say(AnswerDecision.Reply, "Pg")));

        var outcome = await follower.EndAsync();

        Assert.Contains("\"Which DB?\"=\"Pg\"", outcome.Result, StringComparison.Ordinal);
        Assert.Contains("\"Which port?\"=\"2\"", outcome.Result, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_message_reaches_a_working_agent()
    {
        await using var desk = await SetAsync("""
              - steps:
                  - { tool: mcp__cloister__ask, input: { question: 'Go on?' } }
                  - 'went on'
            """);
        await using var follower = desk.Follow(desk.Task("Work"));
        var asked = await follower.SeeAsync<AgentAsked>();
        await follower.SendAsync(new DeliverMessage("m1", "/also this"));
        await follower.SeeAsync<AgentInputDelivered>(delivered => delivered.Key == "m1");
        await follower.SendAsync(new DeliverAnswer("a1", asked.Key, Say(AnswerDecision.Reply, "yes")));

        var outcome = await follower.EndAsync();

        Assert.Equal((AgentVerdict.Succeeded, "went on"), (outcome.Verdict, outcome.Result));
        Assert.Contains("/also this", desk.Server.Requests[^1].Body!, StringComparison.Ordinal);
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

        Assert.Equal(AgentVerdict.Succeeded, (await desk.RunAsync(desk.Task(longest))).Verdict);
        Assert.Contains(longest, desk.LastUserTexts());
        var error = await Assert.ThrowsAsync<CloisterException>(() => desk.RunAsync(desk.Task(longest + "x", attempt: 2)));
        Assert.Equal(("claude.prompt", "the prompt has 2097153 bytes; at most 2097152 are allowed"), (error.Code, error.Message));
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
    [InlineData(StopCause.Timeout, AgentVerdict.Failed, TaskReason.Timeout)]
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

        Assert.Equal((AgentVerdict.Crashed, TaskReason.Crash, "stalled: nothing came from it for too long"), (outcome.Verdict, outcome.Reason, outcome.Message));
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
            page.Lines.Select(line => (line.Kind, line.Text)));
        Assert.Empty((await desk.Backend(task).ReadLogAsync(task.AttemptDirectory, page.NextOffset, TestContext.Current.CancellationToken)).Lines);
    }

    private static void Kill(Desk desk, int attempt)
    {
        var agent = new AttemptDirectory(desk.Task("", attempt).AttemptDirectory).TryReadShim()!.Agent!.Value;
        Assert.True(agent.Pid > 1);
        Assert.Equal(0, Libc.kill(agent.Pid, Libc.SIGKILL));
    }

    private static bool Exists(Desk desk, string file) => File.Exists(Path.Combine(desk.Workspace, file));
}
