using Cloister.Runs;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>What is rehearsed costs nothing and what is real is really done, whoever else plans in the same project.</summary>
public sealed class RehearsalBoardTests : IAsyncLifetime
{
    private const string Scenario = "version: 1\nrules: [{ answer: played }]\n";

    private SeedRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await SeedRig.OpenAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task each_kind_of_server_plans_on_a_board_of_its_own(bool rehearsedFirst)
    {
        var (first, second) = await ClientsAsync(rehearsedFirst);

        Assert.Equal("r1/one", SeedRig.Text(await SeedRig.PlanAsync(first, "One"), "task_id"));
        Assert.Equal("r2/two", SeedRig.Text(await SeedRig.PlanAsync(second, "Two"), "task_id"));
        Assert.Equal("r1/three", SeedRig.Text(await SeedRig.PlanAsync(first, "Three"), "task_id"));

        var listed = await _rig.Engine.Engine.ListAsync(all: true, TestContext.Current.CancellationToken);
        Assert.Equal([!rehearsedFirst, rehearsedFirst], listed.Select(run => run.Rehearsed));
    }

    [Theory]
    [InlineData("orchestrator_execute_task", """{"task_id":"r1/one"}""")]
    [InlineData("orchestrator_execute_subtask_isolated", """{"task_id":"r1/one"}""")]
    [InlineData("orchestrator_execute_subtask_isolated", """{"task_id":"r1/one","enable_isolation":false}""")]
    [InlineData("orchestrator_complete_task", """{"task_id":"r1/one","summary":"x","detailed_work":"x","next_action":"continue"}""")]
    [InlineData("orchestrator_monitor_isolated_execution", """{"session_id":"r1-one","action":"resume"}""")]
    [InlineData("orchestrator_plan_task", """{"title":"Part","description":"x","parent_task_id":"r1/one"}""")]
    public async Task a_task_of_the_other_kind_is_refused_with_the_reason(string tool, string arguments)
    {
        foreach (var rehearsed in new[] { true, false })
        {
            await using var rig = await SeedRig.OpenAsync();
            var (first, second) = (await rig.ClientAsync(rehearsal: rehearsed ? Scenario : null), await rig.ClientAsync(rehearsal: rehearsed ? null : Scenario));
            await SeedRig.PlanAsync(first, "One");

            var refusal = await second.RefusalAsync(tool, arguments);

            Assert.StartsWith(rehearsed ? "r1 is a rehearsal, and this server asks the real model" : "r1 asks the real model, and this server rehearses", refusal, StringComparison.Ordinal);
            Assert.EndsWith("[run.rehearsal]", refusal, StringComparison.Ordinal);
            Assert.Empty(rig.Engine.Backend.Started);
            Assert.Equal(TaskState.Planned, (await rig.TaskAsync("one")).State);
        }
    }

    [Theory]
    [InlineData(true, "orchestrator_plan_task writes down the first task; r1 is open too, rehearsed: use a server started with --rehearse")]
    [InlineData(false, "orchestrator_plan_task writes down the first task; r1 is open too, with the real model: use a server started without --rehearse")]
    public async Task a_status_names_what_is_open_on_the_other_side(bool rehearsedFirst, string told)
    {
        var (first, second) = await ClientsAsync(rehearsedFirst);
        await SeedRig.PlanAsync(first, "One");

        Assert.Equal(told, SeedRig.Text(await second.DataAsync("orchestrator_get_status", "{}"), "next_step"));
        Assert.DoesNotContain("open too", SeedRig.Text(await first.DataAsync("orchestrator_get_status", "{}"), "next_step"), StringComparison.Ordinal);
    }

    private async Task<(McpRig First, McpRig Second)> ClientsAsync(bool rehearsedFirst)
    {
        var (real, rehearsed) = (_rig.Client, await _rig.ClientAsync(rehearsal: Scenario));
        return rehearsedFirst ? (rehearsed, real) : (real, rehearsed);
    }
}
