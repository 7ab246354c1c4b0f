using Cloister.Rehearsal;

namespace Cloister.EndToEnd.Tests.Rehearsal;

/// <summary>The real <c>claude</c> takes a rehearsal for the Messages API.</summary>
public sealed class RealClaudeRehearsalTests
{
    private static readonly string[] Coding =
        ["--tools", "Bash,Edit,Read,Write", "--permission-mode", "acceptEdits", "--allowedTools=Bash,Edit,Write"];

    private static Task<RehearsalServer> ServeAsync(string rules) =>
        RehearsalServer.StartAsync(Scenario.Parse("rules:\n" + rules, "test"), cancellationToken: TestContext.Current.CancellationToken);

    [Fact]
    public async Task any_prompt_ends_politely_with_a_cost()
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: TestContext.Current.CancellationToken);
        using var claude = new RealClaude(server);
        var run = await claude.RunAsync("hello");
        Assert.Equal((0, false, "Done. This answer was rehearsed, no model was asked."), (run.ExitCode, run.IsError, run.Text));
        Assert.True(run.Result.GetProperty("total_cost_usd").GetDecimal() > 0);

        var record = Assert.Single(server.Requests, r => r.Endpoint == "messages");
        Assert.Equal(("/s/test", run.SessionId, "hello", 1), (record.Prefix, record.Session, record.LastUserText, record.Turn));
        Assert.True(record.Bytes is { System: > 0, Tools: > 0, Messages: > 0 });
    }

    [Fact]
    public async Task tools_are_called_and_every_turn_reads_more_from_the_cache()
    {
        await using var server = await ServeAsync("""
              - when: { prompt: '/make (\w+)/' }
                steps:
                  - { thinking: hm, text: Writing., tool: Write, input: { file_path: '${1}.txt', content: "hello ${1}\n" } }
                  - { tool: Bash, input: { command: 'X=5; echo $X $${X} >> ${1}.txt', description: append } }
                  - { tool: Read, input: { file_path: '${1}.txt' } }
                  - { tool: Edit, input: { file_path: '${1}.txt', old_string: hello, new_string: bye } }
                  - { tool: Bash, input: { command: 'cat ${1}.txt', description: look } }
                  - 'it says ${lastToolResult}'
            """);
        using var claude = new RealClaude(server);
        var run = await claude.RunAsync("make alpha", Coding);
        Assert.Equal(["Write", "Bash", "Read", "Edit", "Bash"], run.Tools);
        Assert.Equal(("it says bye alpha\n5 5", "bye alpha\n5 5\n"), (run.Text, claude.Read("alpha.txt")));

        var read = server.Requests.Where(r => r.Endpoint == "messages").Select(r => r.Usage.CacheRead).ToArray();
        Assert.Equal(6, read.Length);
        Assert.Equal(read.Order(), read);
        Assert.Equal(read.Length, read.Distinct().Count());
    }

    [Fact]
    public async Task a_structured_result_arrives()
    {
        await using var server = await ServeAsync("  - { when: { turn: 1 }, answer: { tool: StructuredOutput, input: { n: 3 } } }");
        using var claude = new RealClaude(server);
        var run = await claude.RunAsync("count", "--json-schema", """{"type":"object","properties":{"n":{"type":"number"}},"required":["n"]}""");
        Assert.Equal("""{"n":3}""", run.Result.GetProperty("structured_output").GetRawText());
    }

    [Theory]
    [InlineData(401, "bad key")]
    [InlineData(429, "slow down")]
    [InlineData(529, "Overloaded")]
    public async Task an_api_error_is_retried_and_then_reported(int status, string message)
    {
        await using var server = await ServeAsync($"  - {{ answer: {{ error: {{ status: {status}, message: {message} }} }} }}");
        using var claude = new RealClaude(server);
        var run = await claude.RunAsync("go");
        Assert.Equal((1, true, status), (run.ExitCode, run.IsError, run.Result.GetProperty("api_error_status").GetInt32()));
        Assert.True(run.Saw("api_retry"));
        Assert.All(server.Requests, r => Assert.Equal(status, r.Status));
    }

    [Fact]
    public async Task an_error_that_passes_is_survived()
    {
        await using var server = await ServeAsync("  - { answer: { error: 529, failures: 1, text: recovered } }");
        using var claude = new RealClaude(server);
        var run = await claude.RunAsync("go");
        Assert.Equal((0, false, "recovered"), (run.ExitCode, run.IsError, run.Text));
    }

    [Theory]
    [InlineData("cut-mid-block")]
    [InlineData("error-event")]
    public async Task a_broken_stream_is_asked_for_again_without_streaming(string fault)
    {
        await using var server = await ServeAsync($"  - {{ answer: {{ stream: {fault}, text: whole in the end }} }}");
        using var claude = new RealClaude(server);
        var run = await claude.RunAsync("go");
        Assert.Equal((0, "whole in the end"), (run.ExitCode, run.Text));
        Assert.Equal((true, fault), (server.Requests[0].Streams, server.Requests[0].Fault));
        Assert.Equal((false, null), (server.Requests[^1].Streams, server.Requests[^1].Fault));
    }

    [Fact]
    public async Task a_subagent_works_under_rules_of_its_own()
    {
        await using var server = await ServeAsync("""
              - { when: { subagent: true }, steps: [{ tool: Bash, input: { command: echo below, description: d } }, 'heard ${lastToolResult}'] }
              - when: { prompt: delegate }
                steps:
                  - { tool: Agent, input: { description: sub, prompt: do it, subagent_type: general-purpose, run_in_background: false } }
                  - 'from below: ${lastToolResult}'
            """);
        using var claude = new RealClaude(server);
        var run = await claude.RunAsync("delegate", "--permission-mode", "acceptEdits", "--allowedTools=Bash,Agent");
        Assert.Contains("heard below", run.Text, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count(r => r.Agent is not null));
    }

    [Fact]
    public async Task steps_go_on_across_a_compaction()
    {
        await using var server = await ServeAsync("""
              - when: { prompt: long work }
                steps:
                  - { tool: Bash, input: { command: echo one, description: d } }
                  - { tool: Bash, input: { command: echo two, description: d }, usage: { cacheRead: 175000 } }
                  - { tool: Bash, input: { command: echo three, description: d } }
                  - 'turn ${turn}: ${lastToolResult}'
            """);
        using var claude = new RealClaude(server);
        var run = await claude.RunAsync("long work", [.. Coding, "--settings", """{"autoCompactWindow":200000}"""]);
        Assert.True(run.Saw("compact_boundary"));
        Assert.Contains(server.Requests, r => r is { Compaction: true, Rule: "summary" });
        Assert.Equal("turn 4: three", run.Text);
    }

    [Fact]
    public async Task a_conversation_goes_on_in_another_process()
    {
        const string Rules = "  - { when: { prompt: first }, steps: [one] }\n  - { when: { last: second }, steps: ['turn ${turn} after ${prompt}'] }";
        await using var server = await ServeAsync(Rules);
        using var claude = new RealClaude(server);
        var first = await claude.RunAsync("first");
        var second = await claude.RunAsync("second", "--resume", first.SessionId);
        Assert.Equal(("one", "turn 2 after first"), (first.Text, second.Text));
    }

    [Fact]
    public async Task the_demo_fails_its_check_first_and_passes_on_the_retry()
    {
        const string Prompt = "Write lib/plausible.js. It exports plausible(celsius), true from -30 to 60 and false for everything else.\n";
        await using var server = await RehearsalServer.StartAsync(Scenario.FindBuiltIn("demo")!, cancellationToken: TestContext.Current.CancellationToken);
        using var claude = new RealClaude(server);
        await claude.RunAsync(Prompt, Coding);
        Assert.DoesNotContain("<= 60", claude.Read("lib/plausible.js"), StringComparison.Ordinal);

        var retry = await claude.RunAsync(Prompt + "\nThe check failed: node exited with 1", Coding);
        Assert.Equal(["Read", "Edit", "Bash"], retry.Tools);
        Assert.Contains("celsius >= -30 && celsius <= 60", claude.Read("lib/plausible.js"), StringComparison.Ordinal);
    }
}
