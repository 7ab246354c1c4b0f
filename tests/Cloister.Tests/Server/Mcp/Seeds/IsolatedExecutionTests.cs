using Cloister.Accounting;
using Cloister.Delegation;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary><c>orchestrator_execute_subtask_isolated</c>: every word of every parameter does something of its own.</summary>
public sealed class IsolatedExecutionTests : IAsyncLifetime
{
    private SeedRig _rig = null!;

    public async ValueTask InitializeAsync()
    {
        _rig = await SeedRig.OpenAsync();
        await SeedRig.PlanAsync(_rig.Client, "API", ""","specialist_type":"implementer" """);
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task without_parallel_execution_the_answer_is_the_result()
    {
        var done = await ExecuteAsync("");
        Assert.Equal(
            ("r1/api", "r1-api", "completed", "isolated", null, "done"),
            (SeedRig.Text(done, "task_id"), SeedRig.Text(done, "session_id"), SeedRig.Text(done, "status"), SeedRig.Text(done, "mode"), SeedRig.Text(done, "fallback_reason"), (string?)done["results"]!["summary"]));
        Assert.EndsWith("/isolation/sessions/r1-api/communication", SeedRig.Text(done, "communication_dir"), StringComparison.Ordinal);
        Assert.Equal((await _rig.TaskAsync("api")).Workspace!.Path, SeedRig.Text(done, "workspace_path"));
    }

    [Fact]
    public async Task with_parallel_execution_the_answer_comes_at_once()
    {
        _rig.Engine.Backend.For("api", agent => agent.UntilStoppedAsync());
        var begun = await ExecuteAsync(""","parallel_execution":true""");
        Assert.Equal(("starting", "r1-api"), (SeedRig.Text(begun, "status"), SeedRig.Text(begun, "session_id")));
        await _rig.UntilAsync("api", TaskState.Working);
    }

    [Fact]
    public async Task who_cannot_wait_longer_is_told_how_it_stands_and_asks_again()
    {
        var mayEnd = new TaskCompletionSource();
        _rig.Engine.Backend.For("api", async agent =>
        {
            await mayEnd.Task;
            return agent.Succeed("at last");
        });
        var waiting = ExecuteAsync("");
        await _rig.UntilAsync("api", TaskState.Working);
        while (!waiting.IsCompleted)
        {
            // The alarm is set by the call at some moment: time passes until it has rung.
            _rig.Engine.Clock.Advance(TimeSpan.FromSeconds(51));
            await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken));
        }
        Assert.Equal(("running", "orchestrator_monitor_isolated_execution, session_id r1-api, action status or progress"), (SeedRig.Text(await waiting, "status"), SeedRig.Text(await waiting, "next_step")));

        var again = ExecuteAsync("");
        mayEnd.SetResult();
        Assert.Equal(("completed", "at last"), (SeedRig.Text(await again, "status"), (string?)(await again)["results"]!["summary"]));
        Assert.Single(_rig.Started("api"));
    }

    [Fact]
    public async Task a_question_ends_the_wait_and_names_the_person()
    {
        _rig.Engine.Backend.For("api", async agent => agent.Succeed((await agent.AskAsync("k", "Which port?", "80", "8080")).Text!));
        var asked = await ExecuteAsync("");
        Assert.Equal("waiting", SeedRig.Text(asked, "status"));
        Assert.Equal("ask the user and pass the answer on: Which port? [80 | 8080] (tool answer, or: cloister answer q1 TEXT)", SeedRig.Text(asked, "next_step"));
        var status = await _rig.Client.DataAsync("orchestrator_get_status");
        Assert.StartsWith("q1 r1/api: ask the user", status["needs_you"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task without_isolation_the_task_is_the_callers()
    {
        var taken = await ExecuteAsync(""","enable_isolation":false""");
        Assert.Equal(("waiting", "standard", null, null), (SeedRig.Text(taken, "status"), SeedRig.Text(taken, "mode"), SeedRig.Text(taken, "fallback_reason"), SeedRig.Text(taken, "session_id")));
        Assert.Contains("# Task Description\nDo API", (string?)taken["results"]!["summary"], StringComparison.Ordinal);
        Assert.Empty(_rig.Engine.Backend.Started);
    }

    [Theory]
    [InlineData("current", TaskWorkspace.Current, true, null)]
    [InlineData("new", null, false, null)]
    [InlineData("persistent", null, false, "implementer")]
    public async Task the_workspace_is_the_projects_a_fresh_one_or_that_of_a_session(string word, TaskWorkspace? workspace, bool allowWrites, string? session)
    {
        var done = await ExecuteAsync($""","claude_code_workspace":"{word}" """);
        var definition = (await _rig.TaskAsync("api")).Definition;
        Assert.Equal((workspace, allowWrites, session), (definition.Workspace, definition.AllowWrites, definition.Session.Name));
        Assert.Equal(word == "current", SeedRig.Text(done, "next_step")!.StartsWith("its agent works in", StringComparison.Ordinal));
        Assert.Equal(session ?? "r1-api", SeedRig.Text(done, "session_id"));
    }

    [Theory]
    [InlineData("file_based", Communication.Files)]
    [InlineData("artifact_based", Communication.Tools)]
    public async Task results_travel_by_files_or_by_tools(string word, Communication communication)
    {
        await ExecuteAsync($""","communication_method":"{word}" """);
        Assert.Equal(communication, (await _rig.TaskAsync("api")).Definition.Session.Communication);
    }

    [Fact]
    public async Task an_agent_has_as_many_minutes_as_it_was_given()
    {
        await ExecuteAsync(""","timeout_minutes":"7" """);
        Assert.Equal(TimeSpan.FromMinutes(7), (await _rig.TaskAsync("api")).Definition.Timeout);
        Assert.Equal("timeout_minutes is from 1 to 1440. correct it and call again [tool.argument]", await _rig.Client.RefusalAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/api","timeout_minutes":0}"""));
    }

    [Fact]
    public async Task without_claude_the_work_goes_on_here_and_the_reason_is_told()
    {
        _rig.Engine.Backend.NotReady = new CloisterException("claude.missing", "claude is not on the PATH", "install it");
        var taken = await ExecuteAsync("");
        Assert.Equal(
            ("waiting", "standard", "Claude Code is missing (claude is not on the PATH)"),
            (SeedRig.Text(taken, "status"), SeedRig.Text(taken, "mode"), SeedRig.Text(taken, "fallback_reason")));
        Assert.Contains("# Agent Role: implementer", (string?)taken["results"]!["summary"], StringComparison.Ordinal);
        Assert.StartsWith("no agent could begin, so it is yours; do it here", SeedRig.Text(taken, "next_step"), StringComparison.Ordinal);

        // Once there is one again, it may do what nobody has done yet.
        _rig.Engine.Backend.NotReady = null;
        Assert.Equal(("completed", "isolated", null), await ExecuteAsync("") is var done ? (SeedRig.Text(done, "status"), SeedRig.Text(done, "mode"), SeedRig.Text(done, "fallback_reason")) : default);
    }

    [Fact]
    public async Task a_workspace_that_cannot_be_made_is_no_dead_end()
    {
        _rig.Engine.Workspaces.Failures.Enqueue(new CloisterException("workspace.path", "the disk is read-only"));
        var taken = await ExecuteAsync("");
        Assert.Equal(("waiting", "standard"), (SeedRig.Text(taken, "status"), SeedRig.Text(taken, "mode")));
        Assert.Contains("the disk is read-only", SeedRig.Text(taken, "fallback_reason"), StringComparison.Ordinal);
        Assert.Equal(TaskState.HandedOut, (await _rig.TaskAsync("api")).State);
    }

    [Fact]
    public async Task without_a_login_the_work_goes_on_here()
    {
        _rig.Engine.Backend.For("api", agent => Task.FromResult(agent.End(AgentVerdict.Unauthorized, TaskReason.Auth, "Not logged in")));
        var taken = await ExecuteAsync("");
        Assert.Equal(
            ("waiting", "standard", "it is not permitted here (Not logged in)"),
            (SeedRig.Text(taken, "status"), SeedRig.Text(taken, "mode"), SeedRig.Text(taken, "fallback_reason")));
        Assert.Contains("# Agent Role: implementer", (string?)taken["results"]!["summary"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_usage_limit_before_the_first_turn_is_not_waited_for()
    {
        var reset = _rig.Engine.Clock.GetUtcNow().AddHours(2);
        _rig.Engine.Backend.For("api", agent => Task.FromResult(agent.End(AgentVerdict.Parked, TaskReason.RateLimit, "limit until two") with { ResetsAt = reset }));
        var taken = await ExecuteAsync("");
        Assert.Equal(
            ("waiting", "standard", "a limit is reached (limit until two)"),
            (SeedRig.Text(taken, "status"), SeedRig.Text(taken, "mode"), SeedRig.Text(taken, "fallback_reason")));
        Assert.Equal(TaskState.HandedOut, (await _rig.TaskAsync("api")).State);
    }

    [Theory]
    [InlineData(TaskReason.Auth, AgentVerdict.Unauthorized)]
    [InlineData(TaskReason.Api, AgentVerdict.Failed)]
    internal async Task what_breaks_after_the_first_turn_is_a_failure(TaskReason reason, AgentVerdict verdict)
    {
        _rig.Engine.Backend.For("api", async agent =>
        {
            await agent.TurnAsync("Edit api.cs");
            return agent.End(verdict, reason, "it broke");
        });
        var failed = await ExecuteAsync("");
        Assert.Equal(("failed", "isolated", null), (SeedRig.Text(failed, "status"), SeedRig.Text(failed, "mode"), SeedRig.Text(failed, "fallback_reason")));
    }

    [Fact]
    public async Task what_failed_is_tried_again_and_what_is_done_stays_done()
    {
        _rig.Engine.Backend.For("api", agent => Task.FromResult(agent.End(AgentVerdict.Failed, TaskReason.Denied, "everything was denied")));
        var failed = await ExecuteAsync("");
        Assert.Equal("failed", SeedRig.Text(failed, "status"));
        Assert.StartsWith("failed (denied)", SeedRig.Text(failed, "next_step"), StringComparison.Ordinal);

        _rig.Engine.Backend.For("api", agent => Task.FromResult(agent.Succeed("now")));
        Assert.Equal("completed", SeedRig.Text(await ExecuteAsync(""), "status"));
        var attempts = _rig.Started("api").Count();
        Assert.Equal(("completed", "now"), await ExecuteAsync("") is var again ? (SeedRig.Text(again, "status"), (string?)again["results"]!["summary"]) : default);
        Assert.Equal(attempts, _rig.Started("api").Count());
    }

    [Fact]
    public async Task the_project_may_want_to_be_asked()
    {
        _rig.Mode = IsolationMode.Ask;
        var asked = await ExecuteAsync("");
        Assert.Equal(("waiting", null), (SeedRig.Text(asked, "status"), SeedRig.Text(asked, "mode")));
        Assert.EndsWith("ask the user whether api is done in isolation, then call again with enable_isolation true or false", SeedRig.Text(asked, "next_step"), StringComparison.Ordinal);

        var client = await _rig.ClientAsync(capabilities: """{"elicitation":{}}""");
        client.WhenAsked = _ => System.Text.Json.Nodes.JsonNode.Parse("""{"action":"accept","content":{"answer":"isolated"}}""")!.AsObject();
        var done = await client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/api"}""");
        Assert.Equal(("completed", "isolated"), (SeedRig.Text(done, "status"), SeedRig.Text(done, "mode")));
    }

    [Theory]
    [InlineData(IsolationMode.Off, "", "standard")]
    [InlineData(IsolationMode.Off, ""","enable_isolation":true""", "isolated")]
    [InlineData(IsolationMode.Always, "", "isolated")]
    [InlineData(IsolationMode.Auto, "", "standard")]
    internal async Task the_projects_mode_holds_where_the_call_says_nothing(IsolationMode mode, string more, string expected)
    {
        _rig.Mode = mode;
        Assert.Equal(expected, SeedRig.Text(await ExecuteAsync(more), "mode"));
    }

    [Theory]
    [InlineData("researcher", ExecutionMode.Subagent)]
    [InlineData("implementer", ExecutionMode.Isolated)]
    public async Task a_small_task_that_changes_nothing_is_done_by_a_subagent(string specialist, ExecutionMode mode)
    {
        var steps = string.Concat(Enumerable.Range(1, 6).Select(number => $"\\n- look into shelf {number}"));
        foreach (var title in (string[])["first", "second"])
        {
            _rig.Engine.Backend.For(title, async agent =>
            {
                var used = new TokenUsage(0, 0, 3_000, 1_500);
                await agent.SayAsync(new AgentUsage(used, 0.1m, 3_000, 200_000, 1));
                return agent.Succeed("done") with { Tokens = used };
            });
            await _rig.Client.DataAsync("orchestrator_plan_task", $$"""{"title":"{{title}}","description":"Count the books:{{steps}}","specialist_type":"{{specialist}}"}""");
        }
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"first","enable_isolation":true}""");

        // What the first one took has taught that the second is worth an agent, and not much of one.
        _rig.Mode = IsolationMode.Auto;
        var done = await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"second"}""");

        Assert.Equal(("completed", "isolated"), (SeedRig.Text(done, "status"), SeedRig.Text(done, "mode")));
        Assert.Equal((mode, mode == ExecutionMode.Subagent), ((await _rig.TaskAsync("second")).Definition.Session.Mode, _rig.StartedFor("second").AsSubagent));
        Assert.Equal(mode == ExecutionMode.Subagent, SeedRig.Text(done, "next_step")!.Contains("so a subagent is enough", StringComparison.Ordinal));
    }

    [Fact]
    public async Task words_of_other_tasks_in_its_conversation_are_measured()
    {
        foreach (var (title, words) in ((string, string)[])[("clean", "the gate opens at seven"), ("leaky", "a bridge of glass is built")])
        {
            await _rig.Client.DataAsync("orchestrator_plan_task", $$"""{"title":"{{title}}","description":"Write down that {{words}}"}""");
            _rig.Engine.Backend.For(title, async agent =>
            {
                Directory.CreateDirectory(agent.Task.AttemptDirectory);
                await File.WriteAllTextAsync(Path.Combine(agent.Task.AttemptDirectory, "out.ndjson"), $$"""{"type":"user","text":"Write down that {{(title == "leaky" ? "the gate opens at seven" : words)}}"}""" + "\n", TestContext.Current.CancellationToken);
                await agent.TurnAsync("writes");
                return agent.Succeed("done");
            });
        }
        Assert.Equal((1, 0), (await EffectivenessAsync("clean"), await EffectivenessAsync("leaky")));
    }

    private async Task<double?> EffectivenessAsync(string task)
    {
        var done = await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", $$"""{"task_id":"{{task}}"}""");
        return (double?)done["metrics"]!["isolation_effectiveness"];
    }

    [Fact]
    public async Task what_it_needs_comes_first()
    {
        await SeedRig.PlanAsync(_rig.Client, "UI", ""","dependencies":["api"] """);
        Assert.Equal(
            "r1/ui needs r1/api, which is only planned. execute r1/api first [task.needs]", await _rig.Client.RefusalAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/ui"}"""));
        await ExecuteAsync("");
        Assert.Equal("completed", SeedRig.Text(await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"ui"}"""), "status"));
    }

    private Task<System.Text.Json.Nodes.JsonObject> ExecuteAsync(string more) =>
        _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", $$"""{"task_id":"r1/api"{{more}}}""");
}
