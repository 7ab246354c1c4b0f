using System.Globalization;
using System.Text.Json;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Measuring;

/// <summary><c>cloister bench context</c> with the real claude: the same project in three ways.</summary>
public sealed class ContextBenchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    [Fact]
    public async Task a_shared_window_grows_with_the_project_and_an_isolated_one_does_not()
    {
        await using var person = TestRepository.Empty();
        var outcome = await Command(person).RunAsync(Patience, "bench", "context", "--tasks", "2", "--scale", "1,3", "--pause", "1", "--json");

        var all = outcome.Expect(0).Data.GetProperty("measurements").EnumerateArray().ToList();
        JsonElement One(string way, int scale) => all.Single(one => one.GetProperty("way").GetString() == way && one.GetProperty("scale").GetInt32() == scale);
        Assert.Equal(6, all.Count);
        Assert.All(all, one => Assert.Equal(one.GetProperty("tasks").GetInt32(), one.GetProperty("done").GetInt32()));

        Assert.True(Max(One("session", 3)) > 1.8 * Max(One("session", 1)), outcome.ToString());
        Assert.Equal(Max(One("isolated", 1)), Max(One("isolated", 3)), tolerance: 100);
        Assert.Equal(Max(One("task-tool", 1)), Max(One("task-tool", 3)), tolerance: 100);
        Assert.True(Max(One("session", 3)) > 2 * Max(One("isolated", 3)), outcome.ToString());

        // Of n prompts in one conversation each request of the k-th holds what belongs to k − 1 others.
        Assert.Equal([0.5, 2.5], [Foreign(One("session", 1)), Foreign(One("session", 3))]);
        Assert.All(all.Where(one => one.GetProperty("way").GetString() != "session"), one => Assert.Equal(0, Foreign(one)));
        Assert.Equal(1, One("isolated", 3).GetProperty("pollution").GetProperty("effectiveness").GetDouble());
        AssertNothingIsLeft(person);
    }

    [Fact]
    public async Task a_window_that_fills_up_is_compacted_in_one_session_and_the_work_goes_on()
    {
        await using var person = TestRepository.Empty();
        var outcome = await Command(person).RunAsync(Patience, "bench", "context", "--tasks", "45", "--ways", "session", "--pause", "1", "--json");

        var session = Assert.Single(outcome.Expect(0).Data.GetProperty("measurements").EnumerateArray());
        Assert.Equal(45, session.GetProperty("done").GetInt32());
        Assert.True(session.GetProperty("compactions").GetInt32() >= 1, outcome.ToString());
        AssertNothingIsLeft(person);
    }

    [Theory]
    [InlineData("session")]
    [InlineData("isolated")]
    public async Task who_interrupts_it_leaves_nothing_behind(string way)
    {
        await using var person = TestRepository.Empty();
        await using var bench = await Command(person).StartAsync("bench", "context", "--tasks", "2", "--ways", way, "--pause", "60000");
        await Eventually.BeTrueAsync("an agent to be at work", Patience, () => Agents(person).Any(agent => agent.CommandLine.Contains("stream-json", StringComparison.Ordinal)));

        await OutsideCommand.RunAsync("kill", ["-TERM", bench.Pid.ToString(CultureInfo.InvariantCulture)], person.Project, person.Environment, Patience);

        (await bench.EndAsync(Patience)).Expect(128 + 15);
        Assert.Empty(Agents(person));
        AssertNothingIsLeft(person);
    }

    // Their home is in the folder of the measurement, which is in the temporary files of this person.
    private static IEnumerable<LiveProcess> Agents(TestRepository person) =>
        ProcessTable.All().Where(process => process.Variable("HOME")?.StartsWith(person.Environment["TMPDIR"], StringComparison.Ordinal) == true);

    private static CloisterCommand Command(TestRepository person) => person.Cloister.With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);

    private static double Max(JsonElement one) => one.GetProperty("context").GetProperty("maxTokens").GetInt64();

    private static double Foreign(JsonElement one) => one.GetProperty("pollution").GetProperty("foreignPerRequest").GetDouble();

    private static void AssertNothingIsLeft(TestRepository person) => Assert.Empty(Directory.EnumerateDirectories(person.Environment["TMPDIR"], "cloister-bench-*"));
}
