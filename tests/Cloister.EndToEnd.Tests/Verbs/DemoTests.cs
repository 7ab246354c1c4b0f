using System.Text.Json;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;

namespace Cloister.EndToEnd.Tests.Verbs;

/// <summary>The first thing a newcomer does: <c>cloister demo</c>, here without a terminal.</summary>
public sealed class DemoTests
{
    // What the README promises on two cores; the other tests of this run are not there then.
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task it_ends_with_the_result_and_what_to_type_next()
    {
        await using var person = TestRepository.Empty();

        var demo = (await Command(person).RunAsync(Limit, "demo")).Expect(0);

        Assert.True(demo.Took < Promised, $"{demo.Took} is longer than promised");
        var folder = demo.Errors.Split("cd ")[1].Split('\n')[0];
        Assert.Contains("the demo answered for you", demo.Errors, StringComparison.Ordinal);
        Assert.Contains("diff --git", demo.Output, StringComparison.Ordinal);
        Assert.Contains("6 of 6 tasks succeeded", demo.Output + demo.Errors, StringComparison.Ordinal);
        foreach (var verb in (string[])["cloister diff r1", "cloister logs r1/report", "cloister cost r1", "cloister land r1"])
        {
            Assert.Contains(verb, demo.Errors, StringComparison.Ordinal);
            var next = await Command(person).RunAsync(["-C", folder, .. verb.Split(' ').Skip(1)]);
            Assert.NotEmpty(next.Expect(0).Output);
        }
        Assert.DoesNotContain(ProcessTable.With("HOME", person.Home), process => process.CommandLine.Contains("stream-json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task its_json_says_how_every_task_ended()
    {
        await using var person = TestRepository.Empty();

        var data = (await Command(person).RunAsync(Limit, "demo", "--json")).Expect(0).Data;

        var tasks = data.GetProperty("run").GetProperty("tasks").EnumerateArray().ToDictionary(task => task.GetProperty("task").GetString()!, StringComparer.Ordinal);
        Assert.Equal(["manual", "plausible", "report", "statistics", "table", "units"], tasks.Keys.Order(StringComparer.Ordinal));
        Assert.All(tasks.Values, task => Assert.Equal("merged", task.GetProperty("state").GetString()));
        Assert.All(tasks.Values, task => Assert.True(task.GetProperty("costUsd").GetDouble() > 0 && task.GetProperty("tokens").GetProperty("input").GetInt64() > 0));
        // The one whose check fails first.
        Assert.Equal(2, tasks["plausible"].GetProperty("attempt").GetInt32());
        Assert.Equal(JsonValueKind.True, data.GetProperty("merge").GetProperty("changed").ValueKind);
    }

    private static CloisterCommand Command(TestRepository person) => person.Cloister.With("CLOISTER_CLAUDE", ClaudeExecutable.Pinned);
}
