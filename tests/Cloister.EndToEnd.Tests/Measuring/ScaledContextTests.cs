using System.Text.Json;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Measuring;

/// <summary><c>cloister bench context</c> with the real claude, up to ten times the smallest project.</summary>
public sealed class ScaledContextTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task in_a_project_ten_times_as_large_an_isolated_task_has_the_same_context()
    {
        await using var person = TestRepository.Empty();
        var outcome = await person.Cloister.With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned)
            .RunAsync(Patience, "bench", "context", "--tasks", "2", "--scale", "1,10", "--ways", "session,isolated", "--pause", "1", "--json");

        TestContext.Current.TestOutputHelper!.WriteLine($"{outcome.Took.TotalSeconds:0.0} s");
        var all = outcome.Expect(0).Data.GetProperty("measurements").EnumerateArray().ToList();
        JsonElement One(string way, int scale) => all.Single(one => one.GetProperty("way").GetString() == way && one.GetProperty("scale").GetInt32() == scale);
        Assert.Equal([("isolated", 2, 2), ("isolated", 20, 20), ("session", 2, 2), ("session", 20, 20)], all.Select(Done).Order());
        var (small, large) = (One("isolated", 1), One("isolated", 10));
        Assert.Equal(Context(small, "maxTokens"), Context(large, "maxTokens"), tolerance: 100);
        Assert.Equal(Context(small, "meanTokens"), Context(large, "meanTokens"), tolerance: 100);
        // Every one of them: neither the last, nor those in between.
        Assert.Equal(large.GetProperty("firstTaskTokens").GetDouble(), large.GetProperty("lastTaskTokens").GetDouble(), tolerance: 100);
        Assert.Equal(large.GetProperty("meanTaskTokens").GetDouble(), Context(large, "maxTokens"), tolerance: 100);
        Assert.Equal((0, 0, 1), (large.GetProperty("compactions").GetInt32(), large.GetProperty("blockingLimits").GetInt32(), large.GetProperty("pollution").GetProperty("effectiveness").GetDouble()));
        // The same tasks in one conversation, for comparison: what is flat would grow if anything grew.
        Assert.True(Context(One("session", 10), "maxTokens") > 5 * Context(One("session", 1), "maxTokens"), outcome.ToString());
        Assert.True(Context(One("session", 10), "maxTokens") > 8 * Context(large, "maxTokens"), outcome.ToString());
    }

    private static double Context(JsonElement one, string figure) => one.GetProperty("context").GetProperty(figure).GetDouble();

    private static (string, int, int) Done(JsonElement one) => (one.GetProperty("way").GetString()!, one.GetProperty("tasks").GetInt32(), one.GetProperty("done").GetInt32());
}
