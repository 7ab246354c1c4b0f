using Cloister.Runs;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>Tasks that whoever asks does themselves: taken, reported, summed up.</summary>
public sealed class StandardExecutionTests : IAsyncLifetime
{
    private SeedRig _rig = null!;

    public async ValueTask InitializeAsync()
    {
        _rig = await SeedRig.OpenAsync();
        await SeedRig.PlanAsync(_rig.Client, "Schema", ""","specialist_type":"architect","context":"Postgres" """);
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task a_task_is_taken_with_its_specialists_context()
    {
        var taken = await _rig.Client.DataAsync("orchestrator_execute_task", """{"task_id":"r1/schema"}""");

        Assert.Equal(("waiting", "standard", _rig.Engine.Project), (SeedRig.Text(taken, "status"), SeedRig.Text(taken, "mode"), SeedRig.Text(taken, "workspace_path")));
        Assert.Equal(TaskState.HandedOut, (await _rig.TaskAsync("schema")).State);
        var context = taken["results"]!["summary"]!.GetValue<string>();
        string[] headings = ["# Agent Role: architect", "# Coordination ID: r1/schema", "# Task Description\nDo Schema", "# Shared Context", "# Required Capabilities"];
        Assert.All(headings, heading => Assert.Contains(heading, context, StringComparison.Ordinal));
        Assert.Equal("do it here as the specialist, then call orchestrator_complete_task, task_id r1/schema", SeedRig.Text(taken, "next_step"));
        Assert.Empty(_rig.Engine.Backend.Started);
    }

    [Theory]
    [MemberData(nameof(Specialists))]
    public async Task nothing_of_it_holds_only_for_agents_that_work_by_themselves(string specialist)
    {
        await SeedRig.PlanAsync(_rig.Client, "Other", $""","specialist_type":"{specialist}" """);
        var taken = await _rig.Client.DataAsync("orchestrator_execute_task", """{"task_id":"r1/other"}""");

        string[] untrue = ["In isolation", "alone", "own copy", "nobody watches", "Do not commit", "done tool"];
        var context = (string)taken["results"]!["summary"]!;
        Assert.Contains("# What you hand over", context, StringComparison.Ordinal);
        Assert.DoesNotContain(untrue, words => context.Contains(words, StringComparison.OrdinalIgnoreCase));
    }

    public static TheoryData<string> Specialists => [.. Cloister.Agents.SpecialistTemplate.Names];

    [Fact]
    public async Task who_then_asks_to_do_it_themselves_is_not_told_an_older_reason()
    {
        _rig.Engine.Backend.NotReady = new CloisterException("claude.missing", "claude is not on the PATH", "install it");
        var fell = await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/schema"}""");
        await _rig.Client.DataAsync("orchestrator_complete_task", """{"task_id":"r1/schema","summary":"why","detailed_work":"so far","next_action":"blocked"}""");
        var asked = await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/schema","enable_isolation":false}""");

        Assert.Equal("Claude Code is missing (claude is not on the PATH)", SeedRig.Text(fell, "fallback_reason"));
        Assert.Equal(("standard", null), (SeedRig.Text(asked, "mode"), SeedRig.Text(asked, "fallback_reason")));
        Assert.StartsWith("the call says off; blocked: why", SeedRig.Text(asked, "next_step"), StringComparison.Ordinal);
        Assert.Null((await _rig.TaskAsync("schema")).FallbackReason);
    }

    [Fact]
    public async Task a_folder_without_what_the_task_needs_is_named_with_the_way_out()
    {
        await SeedRig.PlanAsync(_rig.Client, "API", ""","dependencies":["r1/schema"]""");
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/schema"}""");
        _rig.Engine.Workspaces.Failures.Enqueue(new CloisterException("workspace.current", "r1/api needs r1/schema", "use workspace: worktree"));

        var fell = await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/api","claude_code_workspace":"current"}""");

        Assert.Equal(
            $"claude_code_workspace current is {_rig.Engine.Project}, which does not have the work of r1/schema that it needs", SeedRig.Text(fell, "fallback_reason"));
        Assert.StartsWith(
            $"no agent could begin, so it is yours; {_rig.Engine.Project} does not have what it needs: the user runs cloister merge r1/schema first, "
                + "or orchestrator_execute_subtask_isolated, claude_code_workspace new gives it to an agent that has it; then do it here",
            SeedRig.Text(fell, "next_step"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_long_context_comes_page_by_page()
    {
        await _rig.Client.DataAsync("orchestrator_plan_task", $$"""{"title":"Long","description":"{{string.Join("\\n", Enumerable.Range(0, 900).Select(line => $"step {line}"))}}"}""");
        var first = await _rig.Client.DataAsync("orchestrator_execute_task", """{"task_id":"r1/long"}""");
        var second = await _rig.Client.DataAsync("orchestrator_execute_task", """{"task_id":"r1/long"}""");

        Assert.StartsWith("first call again with the same arguments for the next page of the context; then do it", SeedRig.Text(first, "next_step"), StringComparison.Ordinal);
        Assert.InRange(first["results"]!["summary"]!.GetValue<string>().Length, 1, 6_000);
        Assert.Contains("step 899", second["results"]!["summary"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_report_keeps_the_work_and_its_files()
    {
        await File.WriteAllTextAsync(Path.Combine(_rig.Engine.Project, "schema.sql"), "create table a;", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_rig.Engine.Project, "old.md"), "old", TestContext.Current.CancellationToken);
        await _rig.Client.DataAsync("orchestrator_execute_task", """{"task_id":"r1/schema"}""");

        var done = await _rig.Client.DataAsync(
            "orchestrator_complete_task",
            """{"task_id":"r1/schema","summary":"A table","detailed_work":"create table a;","next_action":"continue","file_paths":["schema.sql"],"artifact_type":"design","legacy_artifacts":["old.md","artifact_7"]}""");

        Assert.Equal(("completed", "standard", "A table"), (SeedRig.Text(done, "status"), SeedRig.Text(done, "mode"), done["results"]!["summary"]!.GetValue<string>()));
        Assert.Equal(["detailed_work.md", "old.md", "schema.sql"], done["results"]!["artifacts"]!.AsArray().Select(name => name!.GetValue<string>()).Order(StringComparer.Ordinal));
        var page = await _rig.Engine.Engine.ReadArtifactAsync(new AttemptRef(new TaskRef(new RunId(1), "schema"), 0), "detailed_work.md", 0, TestContext.Current.CancellationToken);
        Assert.Equal("artifact_type: design\nlegacy_artifact: artifact_7\n\ncreate table a;", System.Text.Encoding.UTF8.GetString(page.Content));
    }

    [Theory]
    [InlineData("needs_revision", "revise it (why), then call orchestrator_complete_task, task_id r1/schema", 0)]
    [InlineData("blocked", "blocked: why; tell the user what is missing, then do the rest and call orchestrator_complete_task, task_id r1/schema", 1)]
    [InlineData("escalate", "the user has to decide: why; then do the rest and call orchestrator_complete_task, task_id r1/schema", 1)]
    public async Task other_next_actions_keep_the_task_open_and_show_who_is_needed(string action, string next, int needsYou)
    {
        await _rig.Client.DataAsync("orchestrator_execute_task", """{"task_id":"r1/schema"}""");
        var told = await _rig.Client.DataAsync("orchestrator_complete_task", $$"""{"task_id":"r1/schema","summary":"why","detailed_work":"so far","next_action":"{{action}}"}""");

        Assert.Equal(("waiting", null, next), (SeedRig.Text(told, "status"), SeedRig.Text(told, "fallback_reason"), SeedRig.Text(told, "next_step")));
        Assert.Equal(["detailed_work.md"], told["results"]!["artifacts"]!.AsArray().Select(name => name!.GetValue<string>()));
        var status = await _rig.Client.DataAsync("orchestrator_get_status");
        Assert.Equal(needsYou, status["needs_you"]!.AsArray().Count);
        var checkedBy = await _rig.Client.DataAsync("check", """{"wait_s":3000}""");
        Assert.Equal(
            needsYou == 0 ? "[]" : $$"""[{"ref":"r1/schema","kind":"{{action}}","text":"why","next":"tell the user, then do the rest as they say: orchestrator_complete_task, task_id r1/schema"}]""",
            checkedBy["needs_you"]!.ToJsonString());

        await _rig.Client.DataAsync("orchestrator_complete_task", """{"task_id":"r1/schema","summary":"now","detailed_work":"all","next_action":"continue"}""");
        Assert.Equal(TaskState.Done, (await _rig.TaskAsync("schema")).State);
        Assert.Null((await _rig.TaskAsync("schema")).Report);
    }

    [Fact]
    public async Task what_an_agent_did_is_not_reported_from_here()
    {
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/schema"}""");
        var told = await _rig.Client.DataAsync("orchestrator_complete_task", """{"task_id":"r1/schema","summary":"mine","detailed_work":"x","next_action":"continue"}""");
        Assert.StartsWith("nothing was changed: it has ended before", SeedRig.Text(told, "next_step"), StringComparison.Ordinal);
        Assert.Equal("done", (await _rig.TaskAsync("schema")).Summary);
    }

    [Fact]
    public async Task parts_are_summed_up_and_kept_with_the_whole()
    {
        await SeedRig.PlanAsync(_rig.Client, "Tables", ""","parent_task_id":"r1/schema" """);
        await SeedRig.PlanAsync(_rig.Client, "Views", ""","parent_task_id":"r1/schema" """);
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/tables"}""");

        var open = await _rig.Client.DataAsync("orchestrator_synthesize_results", """{"parent_task_id":"r1/schema"}""");
        Assert.StartsWith("1 of 2 parts are not done, so the task stays open", SeedRig.Text(open, "next_step"), StringComparison.Ordinal);

        await _rig.Client.DataAsync("orchestrator_complete_task", """{"task_id":"r1/views","summary":"A view","detailed_work":"x","next_action":"continue"}""");
        var whole = await _rig.Client.DataAsync("orchestrator_synthesize_results", """{"parent_task_id":"r1/schema"}""");

        Assert.Equal("completed", SeedRig.Text(whole, "status"));
        var report = whole["results"]!["summary"]!.GetValue<string>();
        string[] parts = ["# Schema\n\n2 of 2 parts done: tables, views", "## r1/tables: Tables", "> done", "## r1/views: Views", "> A view", "artifacts: detailed_work.md", "## Conflicts\nno file", "## Left to do\n- r1/tables: its changes wait to be merged: cloister merge r1/tables\n"];
        Assert.All(parts, part => Assert.Contains(part, report, StringComparison.Ordinal));
        Assert.Equal(["detailed_work.md"], (await _rig.TaskAsync("schema")).KeptArtifacts.Select(artifact => artifact.Name));

        var board = await _rig.Client.DataAsync("orchestrator_synthesize_results", """{"parent_task_id":"r1"}""");
        Assert.Equal(("r1", "completed"), (SeedRig.Text(board, "task_id"), SeedRig.Text(board, "status")));
    }

    [Fact]
    public async Task a_whole_is_never_next_while_a_part_is_open()
    {
        await SeedRig.PlanAsync(_rig.Client, "Tables", ""","parent_task_id":"r1/schema" """);
        await SeedRig.PlanAsync(_rig.Client, "Views", ""","parent_task_id":"r1/schema","dependencies":["r1/tables"] """);
        const string tables = "orchestrator_execute_subtask_isolated or orchestrator_execute_task, task_id r1/tables";

        Assert.Equal(tables, SeedRig.Text(await StatusAsync(), "next_step"));
        var open = await SynthesisAsync("r1/schema");
        Assert.EndsWith($"its parts come first, r1/tables: {tables}", SeedRig.Text(open, "next_step"), StringComparison.Ordinal);
        Assert.Contains("\n0 of 2 parts done\n", (string?)open["results"]!["summary"], StringComparison.Ordinal);

        foreach (var part in new[] { "tables", "views" })
            await _rig.Client.DataAsync("orchestrator_complete_task", $$"""{"task_id":"r1/{{part}}","summary":"x","detailed_work":"x","next_action":"continue"}""");
        Assert.Equal("all its parts are done: orchestrator_synthesize_results, parent_task_id r1/schema", SeedRig.Text(await StatusAsync(), "next_step"));
        Assert.Contains("\n2 of 2 parts done: tables, views\n", (string?)(await SynthesisAsync("r1"))["results"]!["summary"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_report_names_the_parts_that_are_done_and_what_waits_to_be_merged()
    {
        await SeedRig.PlanAsync(_rig.Client, "Tables", ""","parent_task_id":"r1/schema" """);
        await SeedRig.PlanAsync(_rig.Client, "Views", ""","parent_task_id":"r1/schema" """);
        await _rig.Client.DataAsync("orchestrator_execute_subtask_isolated", """{"task_id":"r1/views"}""");
        await _rig.UntilAsync("views", TaskState.Review);

        var report = (string)(await SynthesisAsync("r1/schema"))["results"]!["summary"]!;

        Assert.Contains("\n1 of 2 parts done: views\n", report, StringComparison.Ordinal);
        Assert.Contains("- r1/views: its changes wait to be merged: cloister merge r1/views\n", report, StringComparison.Ordinal);
        Assert.Contains("- r1/tables: orchestrator_execute_subtask_isolated", report, StringComparison.Ordinal);
        var alone = (string)(await SynthesisAsync("r1/tables"))["results"]!["summary"]!;
        Assert.StartsWith("# Tables\n\nit has no parts\n", alone, StringComparison.Ordinal);
    }

    [Fact]
    public async Task every_board_with_something_unfinished_is_shown()
    {
        const string done = ""","summary":"x","detailed_work":"x","next_action":"continue"}""";
        await _rig.Client.DataAsync("orchestrator_complete_task", $$"""{"task_id":"r1/schema"{{done}}""");
        Assert.Equal("r2/views", SeedRig.Text(await SeedRig.PlanAsync(_rig.Client, "Views"), "task_id"));
        await SeedRig.PlanAsync(_rig.Client, "Tables", ""","parent_task_id":"r1/schema" """);

        var both = await StatusAsync();
        Assert.Equal(["r2/views", "r1/tables"], both["tasks"]!.AsArray().Select(task => (string)task!["task_id"]!));

        await _rig.Client.DataAsync("orchestrator_complete_task", $$"""{"task_id":"r2/views"{{done}}""");
        Assert.EndsWith("task_id r1/tables", SeedRig.Text(await StatusAsync(), "next_step"), StringComparison.Ordinal);
    }

    private Task<System.Text.Json.Nodes.JsonObject> StatusAsync() => _rig.Client.DataAsync("orchestrator_get_status");

    private Task<System.Text.Json.Nodes.JsonObject> SynthesisAsync(string parent) =>
        _rig.Client.DataAsync("orchestrator_synthesize_results", $$"""{"parent_task_id":"{{parent}}"}""");

    [Theory]
    [InlineData(false, "r1/views")]
    [InlineData(true, "r1/schema r1/views")]
    public async Task the_status_shows_what_is_open_and_the_rest_on_request(bool includeCompleted, string tasks)
    {
        await SeedRig.PlanAsync(_rig.Client, "Views");
        await _rig.Client.DataAsync("orchestrator_complete_task", """{"task_id":"r1/schema","summary":"x","detailed_work":"x","next_action":"continue"}""");
        var status = await _rig.Client.DataAsync("orchestrator_get_status", includeCompleted ? """{"include_completed":true}""" : "{}");
        Assert.Equal(tasks, string.Join(' ', status["tasks"]!.AsArray().Select(task => task!["task_id"]!.GetValue<string>())));
    }
}
