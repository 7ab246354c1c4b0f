using System.Text.Json.Nodes;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>Named sessions: opened, watched, ended and let go on, and what every word of theirs does.</summary>
public sealed class SessionToolTests : IAsyncLifetime
{
    private SeedRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await SeedRig.OpenAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task a_session_waits_for_its_first_task_and_opening_it_again_changes_nothing()
    {
        var opened = await SpawnAsync("");
        Assert.Equal(("backend", "waiting", "isolated", null), (SeedRig.Text(opened, "session_id"), SeedRig.Text(opened, "status"), SeedRig.Text(opened, "mode"), SeedRig.Text(opened, "workspace_path")));
        Assert.EndsWith("/sessions/backend/communication", SeedRig.Text(opened, "communication_dir"), StringComparison.Ordinal);

        var position = (await _rig.BoardAsync()).Position;
        await SpawnAsync("");
        Assert.Equal(position, (await _rig.BoardAsync()).Position);
        Assert.Equal("waiting", SeedRig.Text(await MonitorAsync("status"), "status"));
    }

    [Fact]
    public async Task its_tasks_share_its_workspace_one_after_another()
    {
        await SpawnAsync("");
        foreach (var title in new[] { "One", "Two" })
        {
            await SeedRig.PlanAsync(_rig.Client, title, ""","specialist_type":"implementer" """);
            await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", $$"""{"task_id":"{{title.ToLowerInvariant()}}","claude_code_workspace":"persistent"}""");
        }
        var board = await _rig.BoardAsync();
        Assert.Equal(board.Tasks["one"].Workspace!.Path, board.Tasks["two"].Workspace!.Path);
        Assert.Equal(("two", "completed"), await MonitorAsync("status") is var now ? (SeedRig.Text(now, "task_id")!["r1/".Length..], SeedRig.Text(now, "status")) : default);
        var status = await _rig.Client.DataAsync("orchestrator_get_status");
        Assert.Equal("""["r1/one","r1/two"]""", status["sessions"]![0]!["tasks"]!.ToJsonString());
    }

    [Theory]
    [InlineData("session", ContextPreservation.Session, true)]
    [InlineData("task", ContextPreservation.Task, false)]
    [InlineData("none", ContextPreservation.None, false)]
    public async Task context_is_kept_told_or_forgotten(string word, ContextPreservation preserve, bool sameConversation)
    {
        await SpawnAsync($$""","workspace_config":{"context_preservation":"{{word}}"}""");
        foreach (var id in new[] { "one", "two" })
        {
            await SeedRig.PlanAsync(_rig.Client, id);
            await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", $$"""{"task_id":"{{id}}","claude_code_workspace":"persistent"}""");
        }
        var board = await _rig.BoardAsync();
        Assert.Equal((preserve, sameConversation), (board.Sessions["backend"].Session.Settings.Preserve, board.Tasks["one"].Attempt!.SessionId == board.Tasks["two"].Attempt!.SessionId));
    }

    [Theory]
    [InlineData("full", IsolationLevel.Full, null)]
    [InlineData("partial", IsolationLevel.Partial, null)]
    [InlineData("shared_context", IsolationLevel.SharedContext, TaskWorkspace.Current)]
    public async Task isolation_is_full_partial_or_shared(string word, IsolationLevel level, TaskWorkspace? workspace)
    {
        await SpawnAsync($$""","isolation_level":"{{word}}" """);
        await SeedRig.PlanAsync(_rig.Client, "one");
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"one"}""");
        var definition = (await _rig.TaskAsync("one")).Definition;
        Assert.Equal((level, workspace, "backend"), (definition.Session.Isolation, definition.Workspace, definition.Session.Name));
    }

    [Theory]
    [InlineData("architect")]
    [InlineData("implementer")]
    [InlineData("debugger")]
    [InlineData("documenter")]
    [InlineData("reviewer")]
    [InlineData("tester")]
    [InlineData("researcher")]
    public async Task each_specialist_has_a_session_of_its_own(string specialist)
    {
        await _rig.Client.DataAsync("orchestrator_spawn_isolated_session", $$"""{"session_id":"{{specialist}}s","specialist_type":"{{specialist}}"}""");
        await SeedRig.PlanAsync(_rig.Client, "one", $""","specialist_type":"{specialist}" """);
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"one"}""");
        Assert.Equal((specialist, $"{specialist}s"), (_rig.StartedFor("one").Agent.Name, (await _rig.TaskAsync("one")).Definition.Session.Name));
    }

    [Fact]
    public async Task its_agents_begin_in_a_folder_and_read_its_files_first()
    {
        Directory.CreateDirectory(Path.Combine(_rig.Engine.Project, "services", "api"));
        Directory.CreateDirectory(Path.Combine(_rig.Engine.Project, "docs"));
        await File.WriteAllTextAsync(Path.Combine(_rig.Engine.Project, "docs", "api.md"), "# API", TestContext.Current.CancellationToken);
        await SpawnAsync(""","workspace_config":{"working_directory":"services/api","initialization_files":["docs/api.md"]}""");
        await SeedRig.PlanAsync(_rig.Client, "one");
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"one","claude_code_workspace":"persistent"}""");
        var definition = (await _rig.TaskAsync("one")).Definition;
        Assert.Equal(("services/api", "docs/api.md"), (definition.Session.Folder, Assert.Single(definition.Context)));
    }

    [Fact]
    public async Task where_they_begin_is_what_answer_and_list_call_the_workspace()
    {
        Directory.CreateDirectory(Path.Combine(_rig.Engine.Project, "services", "api"));
        await SpawnAsync(""","workspace_config":{"working_directory":"services/api"}""");
        await SeedRig.PlanAsync(_rig.Client, "one");
        var done = await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"one","claude_code_workspace":"persistent"}""");
        var begun = Path.Combine((await _rig.TaskAsync("one")).Workspace!.Path, "services/api");
        await _rig.Engine.Engine.DisposeAsync();

        var list = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_rig.Engine.Services.State.Isolation, "monitoring", "active_sessions.json"), TestContext.Current.CancellationToken))!;
        var listed = Assert.Single(list["sessions"]!.AsArray())!.AsObject();
        Assert.Equal(("backend", begun, begun, begun), (SeedRig.Text(listed, "session_id"), SeedRig.Text(listed, "workspace_path"), SeedRig.Text(done, "workspace_path"), _rig.StartedFor("one").Workspace));
    }

    [Theory]
    [InlineData("status", "waiting")]
    [InlineData("progress", "needs_input: Which port?")]
    public async Task its_state_and_its_progress_are_told(string action, string said)
    {
        await WorkingAsync(async agent =>
        {
            await agent.SayAsync(new AgentReported("half of it", null));
            return agent.Succeed((await agent.AskAsync("k", "Which port?")).Text!);
        }, TaskState.NeedsInput);
        var told = await MonitorAsync(action);
        Assert.Contains(said, action == "status" ? SeedRig.Text(told, "status") : (string?)told["results"]!["summary"], StringComparison.Ordinal);
        if (action == "progress")
        {
            string[] parts = ["time: ", "context: ", "reports, newest last:\n- half of it"];
            Assert.All(parts, part => Assert.Contains(part, (string?)told["results"]!["summary"], StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task logs_are_read_and_nothing_written_is_said()
    {
        await WorkingAsync(agent => agent.UntilStoppedAsync(), TaskState.Working);
        var told = await MonitorAsync("logs");
        Assert.Equal("(nothing is written yet)", (string?)told["results"]!["summary"]);
        Assert.StartsWith("action logs again brings", SeedRig.Text(told, "next_step"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task kill_ends_the_agent_and_keeps_its_work_and_resume_goes_on()
    {
        await WorkingAsync(agent => agent.UntilStoppedAsync(), TaskState.Working);

        var killed = await MonitorAsync("kill");
        Assert.Equal("failed", SeedRig.Text(killed, "status"));
        Assert.StartsWith("stopped; its work is kept", SeedRig.Text(killed, "next_step"), StringComparison.Ordinal);
        Assert.Single(_rig.Engine.Workspaces.Kept);

        _rig.Engine.Backend.For("one", agent => Task.FromResult(agent.Succeed("went on")));
        var resumed = await MonitorAsync("resume");
        Assert.StartsWith("it goes on where it was", SeedRig.Text(resumed, "next_step"), StringComparison.Ordinal);
        Assert.Equal("went on", (await _rig.UntilAsync("one", TaskState.Review)).Tasks["one"].Summary);
        Assert.True(_rig.StartedFor("one").Resume);
    }

    [Fact]
    public async Task resume_tries_again_what_failed()
    {
        await WorkingAsync(agent => Task.FromResult(agent.End(AgentVerdict.Failed, TaskReason.Denied, "denied")), TaskState.Failed);
        _rig.Engine.Backend.For("one", agent => Task.FromResult(agent.Succeed("now")));
        Assert.StartsWith("another try", SeedRig.Text(await MonitorAsync("resume"), "next_step"), StringComparison.Ordinal);
        await _rig.UntilAsync("one", TaskState.Review);
    }

    [Fact]
    public async Task killing_a_session_that_does_nothing_closes_it_and_resume_opens_it()
    {
        await SpawnAsync("");
        Assert.Equal("completed", SeedRig.Text(await MonitorAsync("kill"), "status"));
        Assert.False((await _rig.BoardAsync()).Sessions["backend"].IsOpen);
        Assert.Equal("waiting", SeedRig.Text(await MonitorAsync("resume"), "status"));
        Assert.True((await _rig.BoardAsync()).Sessions["backend"].IsOpen);
    }

    [Theory]
    [InlineData("extend", TimeoutHandling.Extend)]
    [InlineData("fail", TimeoutHandling.Fail)]
    [InlineData("handover", TimeoutHandling.Handover)]
    public async Task what_happens_when_time_is_up_is_set_for_this_task_and_those_to_come(string word, TimeoutHandling handling)
    {
        await WorkingAsync(agent => agent.UntilStoppedAsync(), TaskState.Working);
        await MonitorAsync("status", $""","timeout_handling":"{word}" """);
        var board = await _rig.BoardAsync();
        Assert.Equal((handling, handling), (board.Tasks["one"].Definition.Session.OnTimeout, board.Sessions["backend"].Session.Settings.OnTimeout));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(""","auto_recovery":true""", true)]
    [InlineData(""","auto_recovery":false""", false)]
    public async Task recovery_without_a_person_is_changed_only_when_it_is_said(string more, bool recovers)
    {
        await WorkingAsync(agent => agent.UntilStoppedAsync(), TaskState.Working);
        await MonitorAsync("status", more);
        Assert.Equal(recovers, (await _rig.TaskAsync("one")).Definition.Session.AutoRecovery);
    }

    [Fact]
    public async Task a_session_is_found_by_name_task_and_conversation()
    {
        await SeedRig.PlanAsync(_rig.Client, "alone");
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"alone"}""");
        var conversation = (await _rig.TaskAsync("alone")).Attempt!.SessionId;
        foreach (var name in new[] { "r1-alone", "r1/alone", conversation.ToString("D") })
            Assert.Equal("r1-alone", SeedRig.Text(await MonitorAsync("status", name: name), "session_id"));
        Assert.Equal("there is no session \"r1-alon\". did you mean \"r1-alone\"? [session.unknown]", await _rig.Client.RefusalAsync("orchestrator_monitor_isolated_execution", """{"session_id":"r1-alon"}"""));
    }

    [Fact]
    public async Task an_unknown_session_is_told_the_named_ones_first_and_none_that_has_not_begun()
    {
        await SeedRig.PlanAsync(_rig.Client, "alone");
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"alone"}""");
        await SeedRig.PlanAsync(_rig.Client, "planned");
        await SpawnAsync("");
        Assert.Equal("there is no session \"quux\". there are: backend, r1-alone [session.unknown]", await _rig.Client.RefusalAsync("orchestrator_monitor_isolated_execution", """{"session_id":"quux"}"""));
    }

    [Theory]
    [InlineData(""" "working_directory":"services/none" """, "working_directory services/none is no folder in ")]
    [InlineData(""" "initialization_files":["a.md","here.md","docs/b.md"] """, "initialization_files: a.md, docs/b.md are no files in ")]
    public async Task a_folder_or_file_that_is_not_there_is_named_and_no_session_is_opened(string config, string why)
    {
        await File.WriteAllTextAsync(Path.Combine(_rig.Engine.Project, "here.md"), "here", TestContext.Current.CancellationToken);
        var refusal = await _rig.Client.RefusalAsync("orchestrator_spawn_isolated_session", $$"""{"session_id":"backend","specialist_type":"tester","workspace_config":{ {{config}} } }""");
        Assert.Contains($"workspace_config.{why}{_rig.Engine.Project}", refusal, StringComparison.Ordinal);
        Assert.Empty(await _rig.Engine.Engine.ListAsync(all: true, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{"session_id":"../x","specialist_type":"tester"}""", "session.name")]
    [InlineData("""{"session_id":"r1-api","specialist_type":"tester"}""", "session.name")]
    [InlineData("""{"session_id":"x","specialist_type":"cook"}""", "tool.argument")]
    [InlineData("""{"session_id":"x","specialist_type":"tester","workspace_config":{"working_directory":"../elsewhere"}}""", "tool.argument")]
    [InlineData("""{"session_id":"x","specialist_type":"tester","workspace_config":{"context_preservation":"all"}}""", "tool.argument")]
    public async Task a_wrong_session_is_refused(string arguments, string code) =>
        Assert.EndsWith($"[{code}]", await _rig.Client.RefusalAsync("orchestrator_spawn_isolated_session", arguments), StringComparison.Ordinal);

    [Theory]
    [InlineData("r1-api")]
    [InlineData("r7.backend")]
    public async Task a_name_like_those_of_tasks_and_plans_opens_not_even_a_board(string name)
    {
        await _rig.Client.RefusalAsync("orchestrator_spawn_isolated_session", $$"""{"session_id":"{{name}}","specialist_type":"tester"}""");

        Assert.Empty(await _rig.Engine.Engine.ListAsync(all: true, TestContext.Current.CancellationToken));
    }

    private async Task WorkingAsync(Func<Tests.Sessions.ScriptedAgent, Task<AgentOutcome>> script, TaskState until)
    {
        _rig.Engine.Backend.For("one", script);
        await SpawnAsync("");
        await SeedRig.PlanAsync(_rig.Client, "one");
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"one","parallel_execution":true}""");
        await _rig.UntilAsync("one", until);
    }

    private Task<JsonObject> SpawnAsync(string more) =>
        _rig.Client.DataAsync("orchestrator_spawn_isolated_session", $$"""{"session_id":"backend","specialist_type":"implementer"{{more}}}""");

    private Task<JsonObject> MonitorAsync(string action, string more = "", string name = "backend") =>
        _rig.Client.DataAsync("orchestrator_monitor_isolated_execution", $$"""{"session_id":"{{name}}","action":"{{action}}"{{more}}}""");
}
