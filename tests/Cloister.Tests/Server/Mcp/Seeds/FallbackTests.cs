using System.Text.Json.Nodes;
using Cloister.Runs;
using Cloister.Tests.Support;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>What the tool answers when an agent cannot begin because something has run out: the same shape, the reason, and work that goes on.</summary>
public sealed class FallbackTests
{
    private const int Megabyte = 1024 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task with_a_full_disk_the_work_goes_on_here_and_with_room_again_an_agent_does_the_next()
    {
        // A little more than what an agent wants to find.
        await using var disk = await SmallDisk.MountAsync("208m");
        await using var rig = await SeedRig.OpenAsync(Directory.CreateDirectory(Path.Combine(disk.Path, "rig")).FullName);
        await SeedRig.PlanAsync(rig.Client, "Before");
        await SeedRig.PlanAsync(rig.Client, "Full");
        await SeedRig.PlanAsync(rig.Client, "After");
        var before = await ExecuteAsync(rig, "before");
        var hog = Path.Combine(disk.Path, "hog");
        await File.WriteAllBytesAsync(hog, new byte[16 * Megabyte], Cancel);

        var full = await ExecuteAsync(rig, "full");

        AssertStandard(before, full);
        Assert.Matches(@"^there is no room on the disk \(.*/rig/.* has 19\d MB left\)$", SeedRig.Text(full, "fallback_reason"));
        Assert.Empty(rig.Started("full"));
        await AssertCallerCanEndItAsync(rig, "full", full);

        File.Delete(hog);
        var after = await ExecuteAsync(rig, "after");
        Assert.Equal(("completed", "isolated", null), (SeedRig.Text(after, "status"), SeedRig.Text(after, "mode"), SeedRig.Text(after, "fallback_reason")));
    }

    [Fact]
    public async Task with_a_spent_budget_the_work_goes_on_here_and_with_more_money_an_agent_does_the_next()
    {
        await using var rig = await SeedRig.OpenAsync();
        rig.BudgetUsd = 0.25m;
        await SeedRig.PlanAsync(rig.Client, "Before");
        await SeedRig.PlanAsync(rig.Client, "Spent");
        await SeedRig.PlanAsync(rig.Client, "After");
        rig.Engine.Backend.For("before", async agent =>
        {
            await agent.TurnAsync("works", costUsd: 0.25m);
            return agent.Succeed("done");
        });
        var before = await ExecuteAsync(rig, "before");

        var spent = await ExecuteAsync(rig, "spent");

        AssertStandard(before, spent);
        Assert.Equal("a limit is reached (r1 has spent its budget of $0.25)", SeedRig.Text(spent, "fallback_reason"));
        Assert.Empty(rig.Started("spent"));
        await AssertCallerCanEndItAsync(rig, "spent", spent);

        await rig.Engine.Engine.ControlAsync(new RunId(1), null, new ExtendCommand(null, 0.25m), Cancel);
        var after = await ExecuteAsync(rig, "after");
        Assert.Equal(("completed", "isolated", null), (SeedRig.Text(after, "status"), SeedRig.Text(after, "mode"), SeedRig.Text(after, "fallback_reason")));
    }

    private static Task<JsonObject> ExecuteAsync(SeedRig rig, string task) =>
        rig.Client.DataAsync("orchestrator_execute_subtask_isolated", $$"""{"task_id":"r1/{{task}}"}""");

    private static void AssertStandard(JsonObject isolated, JsonObject standard)
    {
        Assert.Equal(("completed", "isolated"), (SeedRig.Text(isolated, "status"), SeedRig.Text(isolated, "mode")));
        Assert.Equal(("waiting", "standard"), (SeedRig.Text(standard, "status"), SeedRig.Text(standard, "mode")));
        Assert.Equal(Keys(isolated), Keys(standard));
        Assert.Contains("# Agent Role: ", (string?)standard["results"]!["summary"], StringComparison.Ordinal);
        Assert.StartsWith("no agent could begin, so it is yours; do it here", SeedRig.Text(standard, "next_step"), StringComparison.Ordinal);
    }

    private static async Task AssertCallerCanEndItAsync(SeedRig rig, string task, JsonObject taken)
    {
        var done = await rig.Client.DataAsync(
            "orchestrator_complete_task", $$"""{"task_id":"r1/{{task}}","summary":"done here","detailed_work":"x","next_action":"continue"}""");
        Assert.Equal(
            ("completed", "standard", SeedRig.Text(taken, "fallback_reason"), "done here"),
            (SeedRig.Text(done, "status"), SeedRig.Text(done, "mode"), SeedRig.Text(done, "fallback_reason"), (string?)done["results"]!["summary"]));
    }

    // All of them, also those within results and metrics.
    private static IEnumerable<string> Keys(JsonObject data) =>
        data.SelectMany(pair => pair.Value is JsonObject inner ? Keys(inner).Select(key => $"{pair.Key}.{key}") : [pair.Key]);
}
