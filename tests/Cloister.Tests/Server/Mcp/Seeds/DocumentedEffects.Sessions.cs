using System.Text.Json.Nodes;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>Named sessions, as their agents meet them.</summary>
internal static partial class DocumentedEffects
{
    private const string Spawn = "orchestrator_spawn_isolated_session", Monitor = "orchestrator_monitor_isolated_execution";

    private static IEnumerable<KeyValuePair<string, DocumentedEffect>> Sessions =>
    [
        Of(Spawn, "`specialist_type` architect", DoneBy("design", "architect")),
        Of(Spawn, "`specialist_type` implementer", DoneBy("code", "implementer")),
        Of(Spawn, "`specialist_type` debugger", DoneBy("bugs", "debugger")),
        Of(Spawn, "`specialist_type` documenter", DoneBy("docs", "documenter")),
        Of(Spawn, "`specialist_type` reviewer", DoneBy("review", "reviewer")),
        Of(Spawn, "`specialist_type` tester", DoneBy("tests", "tester")),
        Of(Spawn, "`specialist_type` researcher", DoneBy("search", "researcher")),
        Of(Spawn, "`working_directory`, `initialization_files`", async (rig, _) =>
        {
            var agent = await WorkAsync(rig, "first", "implementer");
            Assert.EndsWith("/services", agent.Workspace, StringComparison.Ordinal);
            Contains(agent.Context, "README.md");
        }),
        Of(Spawn, "`context_preservation` session", async (rig, _) => Assert.Equal((true, true, true), await SecondAsync(rig))),
        Of(Spawn, "`context_preservation` task", async (rig, _) => Assert.Equal((false, false, true), await SecondAsync(rig))),
        Of(Spawn, "`context_preservation` none", async (rig, _) => Assert.Equal((false, false, false), await SecondAsync(rig))),
        Of(Spawn, "`isolation_level` full", async (rig, _) =>
        {
            var agent = await AfterAnotherAsync(rig);
            Assert.StartsWith(rig.Engine.Services.State.Isolation, agent.ConfigDirectory, StringComparison.Ordinal);
            Assert.DoesNotContain("Two tables", agent.Context, StringComparison.Ordinal);
        }),
        Of(Spawn, "`isolation_level` partial", async (rig, _) =>
        {
            var agent = await AfterAnotherAsync(rig);
            Assert.Null(agent.ConfigDirectory);
            Assert.NotEqual(rig.Engine.Project, agent.Workspace);
            Assert.DoesNotContain("Two tables", agent.Context, StringComparison.Ordinal);
        }),
        Of(Spawn, "`isolation_level` shared_context", async (rig, _) =>
        {
            var agent = await AfterAnotherAsync(rig);
            Assert.Equal(TaskWorkspace.Current, (await rig.TaskAsync("late")).Definition.Workspace);
            Contains(agent.Context, "Two tables");
        }),
    ];

    private static IEnumerable<KeyValuePair<string, DocumentedEffect>> Monitoring =>
    [
        Of(Monitor, "`action` status", (_, answer) => Task.Run(() =>
            Assert.Equal(("backend", "r1/schema", "running"), (SeedRig.Text(answer, "session_id"), SeedRig.Text(answer, "task_id"), SeedRig.Text(answer, "status"))))),
        Of(Monitor, "`action` progress", (_, answer) => Task.Run(() => Contains(Said(answer), "working", "time: ", "context: "))),
        Of(Monitor, "`action` logs", (_, answer) => Task.Run(() =>
        {
            // A scripted agent leaves none.
            Assert.Equal("(nothing is written yet)", Said(answer));
            Assert.StartsWith("action logs again brings", SeedRig.Text(answer, "next_step"), StringComparison.Ordinal);
        })),
        Of(Monitor, "`action` kill", async (rig, answer) =>
        {
            Assert.Equal("failed", SeedRig.Text(answer, "status"));
            Assert.Equal(TaskState.Stopped, (await rig.TaskAsync("schema")).State);
            Assert.Single(rig.Engine.Workspaces.Kept);
        }),
        When(Monitor, "`action` resume", rig => MonitorAsync(rig, ""","action":"kill" """), async (rig, _) =>
        {
            await rig.UntilAsync("schema", TaskState.Working);
            Assert.Equal((2, true), (rig.Started("schema").Count(), rig.StartedFor("schema").Resume));
        }),
        When(Monitor, "`auto_recovery` true", rig => MonitorAsync(rig, ""","auto_recovery":false"""), (rig, _) => AssertRecoversAsync(rig, recovers: true)),
        When(Monitor, "`auto_recovery` false", rig => MonitorAsync(rig, ""","auto_recovery":true"""), (rig, _) => AssertRecoversAsync(rig, recovers: false)),
        When(Monitor, "`timeout_handling` extend", rig => MonitorAsync(rig, ""","timeout_handling":"fail" """), (rig, _) => AssertOnTimeoutAsync(rig, TimeoutHandling.Extend)),
        When(Monitor, "`timeout_handling` fail", rig => MonitorAsync(rig, ""","timeout_handling":"extend" """), (rig, _) => AssertOnTimeoutAsync(rig, TimeoutHandling.Fail)),
        When(Monitor, "`timeout_handling` handover", rig => MonitorAsync(rig, ""","timeout_handling":"fail" """), (rig, _) => AssertOnTimeoutAsync(rig, TimeoutHandling.Handover)),
    ];

    private static Func<SeedRig, JsonObject, Task> DoneBy(string session, string specialist) => async (rig, answer) =>
    {
        Assert.Equal((session, "waiting"), (SeedRig.Text(answer, "session_id"), SeedRig.Text(answer, "status")));
        var agent = await WorkAsync(rig, "first", specialist);
        Assert.Equal((specialist, session), (agent.Agent.Name, (await rig.TaskAsync("first")).Definition.Session.Name));
        Assert.Equal(specialist is not ("reviewer" or "researcher"), Cloister.Agents.WritingTools.MayWrite(agent.Agent));
    };

    // The newest open session of the specialist is the one of the example.
    private static async Task<AgentTask> WorkAsync(SeedRig rig, string task, string specialist)
    {
        rig.Engine.Backend.For(task, agent => Task.FromResult(agent.Succeed($"the {task} one is done")));
        await SeedRig.PlanAsync(rig.Client, task, $""","specialist_type":"{specialist}" """);
        await rig.Client.DataAsync(Execute, $$"""{"task_id":"r1/{{task}}","claude_code_workspace":"persistent"}""");
        return rig.StartedFor(task);
    }

    // Whether the second task of the session goes on with the conversation of the first, resumes it, and knows of it.
    private static async Task<(bool SameConversation, bool Resumed, bool Knows)> SecondAsync(SeedRig rig)
    {
        var (first, second) = (await WorkAsync(rig, "first", "implementer"), await WorkAsync(rig, "second", "implementer"));
        Assert.Equal(first.Workspace, second.Workspace);
        return (first.SessionId == second.SessionId, second.Resume, second.Resume || second.Context.Contains("the first one is done", StringComparison.Ordinal));
    }

    // A task that needs nothing of one that is done in another session.
    private static async Task<AgentTask> AfterAnotherAsync(SeedRig rig)
    {
        await CompleteAsync(rig, "api", "Two tables");
        return await WorkAsync(rig, "late", "implementer");
    }

    private static Task<JsonObject> MonitorAsync(SeedRig rig, string more) => rig.Client.DataAsync(Monitor, $$"""{"session_id":"backend"{{more}}}""");

    private static async Task AssertRecoversAsync(SeedRig rig, bool recovers)
    {
        var board = await rig.BoardAsync();
        Assert.Equal((recovers, recovers), (board.Tasks["schema"].Definition.Session.AutoRecovery, board.Sessions["backend"].Session.Settings.AutoRecovery));
    }

    private static async Task AssertOnTimeoutAsync(SeedRig rig, TimeoutHandling handling)
    {
        var board = await rig.BoardAsync();
        Assert.Equal((handling, handling), (board.Tasks["schema"].Definition.Session.OnTimeout, board.Sessions["backend"].Session.Settings.OnTimeout));
    }
}
