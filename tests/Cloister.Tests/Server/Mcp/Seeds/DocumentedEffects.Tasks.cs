using System.Text;
using System.Text.Json.Nodes;
using Cloister.Delegation;
using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>Planning, execution and reports.</summary>
internal static partial class DocumentedEffects
{
    private const string Plan = "orchestrator_plan_task", Take = "orchestrator_execute_task", Execute = "orchestrator_execute_subtask_isolated",
        Complete = "orchestrator_complete_task", Synthesize = "orchestrator_synthesize_results", Status = "orchestrator_get_status";

    private static IEnumerable<KeyValuePair<string, DocumentedEffect>> Planning =>
    [
        Of(Plan, "one task", async (rig, answer) =>
        {
            Assert.Equal(("r1/add-login", "waiting"), (SeedRig.Text(answer, "task_id"), SeedRig.Text(answer, "status")));
            Assert.Equal(("implementer", TaskState.Planned), await rig.TaskAsync("add-login") is var task ? (task.Definition.Agent, task.State) : default);
            Contains(await ContextOfAsync(rig, "add-login"), "Add a login page", "We use cookies", "implementation", "moderate", "2h", "2026-12-01");
        }),
        Of(Plan, "a part with dependencies", async (rig, _) =>
        {
            var definition = (await rig.TaskAsync("ui")).Definition;
            Assert.Equal(("build-the-shop", "api schema"), (definition.Parent, string.Join(' ', definition.Needs.Order(StringComparer.Ordinal))));
        }),
        Of(Plan, "the older generation", async (rig, answer) =>
        {
            Assert.Equal(["r1/index", "r1/query"], answer["subtasks"]!.AsArray().Select(part => (string)part!["task_id"]!));
            var (whole, query) = (await rig.TaskAsync("build-search"), (await rig.TaskAsync("query")).Definition);
            Assert.Equal(("build-search", "implementer", "index"), (query.Parent, query.Agent, Assert.Single(query.Needs)));
            Contains(whole.Definition.Prompt, "Postgres");
            Assert.Equal("complex", whole.Definition.Notes["complexity"]);
            Contains(await rig.Client.RefusalAsync(Plan, """{"description":"x","subtasks_json":"[{\"title\": ]"}"""), "subtasks_json");
        }),
    ];

    private static IEnumerable<KeyValuePair<string, DocumentedEffect>> Execution =>
    [
        Of(Take, "take it", async (rig, answer) =>
        {
            Assert.Equal(("waiting", "standard"), How(answer));
            Contains(Said(answer), "# Agent Role: architect", "# Task Description");
            Assert.Equal(TaskState.HandedOut, (await rig.TaskAsync("api")).State);
            Assert.Empty(rig.Started("api"));
            await rig.Client.RefusalAsync(Take, """{"task_id":"r1/schema"}""");
        }),
        Of(Execute, "left out", (_, answer) => Task.Run(() => Assert.Equal(("completed", "isolated"), How(answer)))),
        Of(Execute, "`timeout_minutes`", async (rig, _) => Assert.Equal(TimeSpan.FromMinutes(90), (await rig.TaskAsync("api")).Definition.Timeout)),
        When(Execute, "`enable_isolation` true", SetMode(IsolationMode.Off), async (rig, answer) =>
        {
            Assert.Equal(("completed", "isolated"), How(answer));
            Assert.Equal(TimeSpan.FromMinutes(30), (await rig.TaskAsync("api")).Definition.Timeout);
        }),
        When(Execute, "`enable_isolation` false", SetMode(IsolationMode.Always), async (rig, answer) =>
        {
            Assert.Equal(("waiting", "standard"), How(answer));
            Assert.Equal(TaskState.HandedOut, (await rig.TaskAsync("api")).State);
        }),
        When(Execute, "`parallel_execution` true", HoldApi, async (rig, answer) =>
        {
            Assert.Equal(("r1-api", "isolated"), (SeedRig.Text(answer, "session_id"), SeedRig.Text(answer, "mode")));
            Assert.Contains(SeedRig.Text(answer, "status"), (string[])["starting", "running"]);
            await rig.UntilAsync("api", TaskState.Working);
        }),
        Of(Execute, "`parallel_execution` false", async (rig, answer) =>
        {
            Assert.Equal(("completed", "isolated"), How(answer));
            Assert.Equal("done", Said(answer));
            Assert.Equal(TaskState.Review, (await rig.TaskAsync("api")).State);
        }),
        Of(Execute, "`claude_code_workspace` current", async (rig, answer) =>
        {
            Assert.Equal((TaskWorkspace.Current, true), await rig.TaskAsync("api") is var task ? (task.Definition.Workspace, task.Definition.AllowWrites) : default);
            Assert.StartsWith("its agent works in", SeedRig.Text(answer, "next_step"), StringComparison.Ordinal);
        }),
        Of(Execute, "`claude_code_workspace` new", async (rig, answer) =>
        {
            Assert.Equal("r1-api", SeedRig.Text(answer, "session_id"));
            Assert.NotEqual((await rig.TaskAsync("schema")).Workspace!.Path, (await rig.TaskAsync("api")).Workspace!.Path);
        }),
        Of(Execute, "`claude_code_workspace` persistent", async (rig, answer) =>
        {
            // Nobody has opened one for an architect.
            Assert.Equal("architect", SeedRig.Text(answer, "session_id"));
            Assert.Equal("architect", (await rig.BoardAsync()).Sessions["architect"].Session.Agent);
            await SeedRig.PlanAsync(rig.Client, "More", ""","specialist_type":"architect" """);
            await rig.Client.DataAsync(Execute, """{"task_id":"r1/more","claude_code_workspace":"persistent"}""");
            Assert.Equal((await rig.TaskAsync("api")).Workspace!.Path, (await rig.TaskAsync("more")).Workspace!.Path);
        }),
        Of(Execute, "`communication_method` file_based", (rig, _) => Task.Run(() =>
        {
            Assert.False(rig.StartedFor("api").HasWorkerTools);
            Contains(rig.StartedFor("api").Context + rig.StartedFor("api").Prompt, "communication/from_agent", "results");
        })),
        Of(Execute, "`communication_method` artifact_based", (rig, _) => Task.Run(() => Assert.True(rig.StartedFor("api").HasWorkerTools))),
    ];

    private static IEnumerable<KeyValuePair<string, DocumentedEffect>> Reports =>
    [
        Of(Complete, "`next_action` continue", async (rig, answer) =>
        {
            Assert.Equal(("completed", "standard"), How(answer));
            Assert.Equal(["README.md", "detailed_work.md"], answer["results"]!["artifacts"]!.AsArray().Select(name => (string)name!).Order(StringComparer.Ordinal));
            var kept = await rig.Engine.Engine.ReadArtifactAsync(new AttemptRef(new TaskRef(new RunId(1), "api"), 0), "detailed_work.md", 0, Cancel);
            Assert.Equal("artifact_type: code\nlegacy_artifact: artifact_1\n\nGET /a", Encoding.UTF8.GetString(kept.Content));
        }),
        Of(Complete, "`next_action` needs_revision", Reported(CallerNeed.Revision, needsYou: null)),
        Of(Complete, "`next_action` blocked", Reported(CallerNeed.Unblocking, "No access to the database")),
        Of(Complete, "`next_action` escalate", Reported(CallerNeed.Decision, "REST or gRPC?")),
        When(Synthesize, "a task", async rig =>
        {
            await CompleteAsync(rig, "api", "Three routes");
            var open = await rig.Client.DataAsync(Synthesize, """{"parent_task_id":"r1/build-the-shop"}""");
            Assert.StartsWith("1 of 2 parts are not done, so the task stays open", SeedRig.Text(open, "next_step"), StringComparison.Ordinal);
            rig.Engine.Backend.For("schema", agent => Task.FromResult(agent.Succeed("Two tables")));
            await rig.Client.DataAsync("orchestrator_monitor_isolated_execution", """{"session_id":"backend","action":"kill"}""");
            await rig.Client.DataAsync("orchestrator_monitor_isolated_execution", """{"session_id":"backend","action":"resume"}""");
            await rig.UntilAsync("schema", TaskState.Review);
        }, async (rig, answer) =>
        {
            Assert.Equal("completed", SeedRig.Text(answer, "status"));
            Contains(Said(answer), "2 of 2 parts done: schema, api", "Three routes", "Two tables", "## Conflicts", "## Left to do");
            Assert.Equal(TaskState.Done, (await rig.TaskAsync("build-the-shop")).State);
            Assert.NotEmpty((await rig.TaskAsync("build-the-shop")).KeptArtifacts);
        }),
        When(Synthesize, "a board", rig => CompleteAsync(rig, "api", "Three routes"), async (rig, answer) =>
        {
            Assert.Equal("r1", SeedRig.Text(answer, "task_id"));
            Contains(Said(answer), "r1/api", "Three routes", "r1/schema");
            Assert.Empty((await rig.TaskAsync("build-the-shop")).KeptArtifacts);
        }),
        When(Status, "open tasks", rig => CompleteAsync(rig, "api", "x"), (_, answer) => Task.Run(() =>
            Assert.Equal(["r1/build-the-shop", "r1/schema"], answer["tasks"]!.AsArray().Select(task => (string)task!["task_id"]!).Order(StringComparer.Ordinal)))),
        When(Status, "all of them", async rig =>
        {
            await CompleteAsync(rig, "api", "x");
            await rig.Client.DataAsync("orchestrator_spawn_isolated_session", """{"session_id":"closed","specialist_type":"tester"}""");
            await rig.Client.DataAsync("orchestrator_monitor_isolated_execution", """{"session_id":"closed","action":"kill"}""");
            var open = await rig.Client.DataAsync(Status);
            Assert.Equal(["backend"], open["sessions"]!.AsArray().Select(session => (string)session!["session_id"]!));
        }, (_, answer) => Task.Run(() =>
        {
            Assert.Equal(["r1/api", "r1/build-the-shop", "r1/schema"], answer["tasks"]!.AsArray().Select(task => (string)task!["task_id"]!).Order(StringComparer.Ordinal));
            Assert.Equal(["backend", "closed"], answer["sessions"]!.AsArray().Select(session => (string)session!["session_id"]!).Order(StringComparer.Ordinal));
        })),
    ];

    private static Func<SeedRig, Task> SetMode(IsolationMode mode) => rig =>
    {
        rig.Mode = mode;
        return Task.CompletedTask;
    };

    private static Task HoldApi(SeedRig rig)
    {
        rig.Engine.Backend.For("api", agent => agent.UntilStoppedAsync());
        return Task.CompletedTask;
    }

    private static Task CompleteAsync(SeedRig rig, string task, string summary) =>
        rig.Client.DataAsync(Complete, $$"""{"task_id":"r1/{{task}}","summary":"{{summary}}","detailed_work":"x","next_action":"continue"}""");

    private static Func<SeedRig, JsonObject, Task> Reported(CallerNeed need, string? needsYou) => async (rig, answer) =>
    {
        var task = await rig.TaskAsync("api");
        Assert.Equal((TaskState.HandedOut, need, "waiting"), (task.State, task.Report!.Need, SeedRig.Text(answer, "status")));
        Assert.Equal(["detailed_work.md"], answer["results"]!["artifacts"]!.AsArray().Select(name => (string)name!));
        var waiting = (await rig.Client.DataAsync(Status))["needs_you"]!.AsArray().Select(line => (string)line!).ToList();
        if (needsYou is null)
            Assert.Empty(waiting);
        else
            Assert.Contains(needsYou, Assert.Single(waiting), StringComparison.Ordinal);
    };
}
