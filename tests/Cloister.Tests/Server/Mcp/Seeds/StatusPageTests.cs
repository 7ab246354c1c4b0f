namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>A board with more tasks than an answer holds.</summary>
public sealed class StatusPageTests
{
    [Fact]
    public async Task a_long_board_is_listed_page_by_page()
    {
        await using var rig = await SeedRig.OpenAsync();
        for (var i = 0; i < 40; i++)
            await SeedRig.PlanAsync(rig.Client, $"Task {i}");

        var pages = new List<(int Tasks, int? More)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 4; i++)
        {
            var page = await rig.Client.DataAsync("orchestrator_get_status");
            var tasks = page["tasks"]!.AsArray().Select(task => (string)task!["task_id"]!).ToList();
            pages.Add((tasks.Count, (int?)page["more"]));
            seen.UnionWith(tasks);
        }

        Assert.Equal([(18, 22), (18, 4), (4, null), (18, 22)], pages);
        Assert.Equal(40, seen.Count);
    }
}
