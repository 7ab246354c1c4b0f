using System.Text;
using Cloister.Cli.Measuring;
using Cloister.Plans;
using Cloister.Rehearsal;
using Cloister.Rehearsal.Answering;
using Cloister.Tests.Rehearsal;

namespace Cloister.Tests.Cli;

public sealed class SampleProjectTests
{
    private const string Summary = "This session is being continued. Task 0002: goes on, {0} (rehearsal-turns: 9)";

    private static ScriptedModel Model(int tasks = 3) => new(SampleModel.For(new SampleProject(tasks), parallel: 2, TimeSpan.FromMilliseconds(1)));

    [Fact]
    public async Task the_largest_project_is_a_plan_and_a_scenario()
    {
        var project = new SampleProject(SampleProject.MostTasks);
        var load = await PlanLoader.LoadAsync(Encoding.UTF8.GetBytes(project.Plan(4)), "bench.plan.yaml", null, null, TestContext.Current.CancellationToken);

        Assert.Equal(SampleProject.MostTasks, load.Plan?.Tasks.Count);
        Assert.NotNull(SampleModel.For(project, 4, TimeSpan.FromMilliseconds(100)));
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, new RehearsalOptions { Markers = project.Markers }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void a_task_is_read_written_checked_and_reported()
    {
        var ask = new Ask().User(SampleProject.PromptOf("0002"));
        Assert.Equal("Read modules/0002.txt", Next(ask));
        Assert.Equal("Write reports/0002.md", Next(ask.Called("  1\tmodule 0002 begins, marker-0002-of-the-bench", tool: "Read")));
        Assert.Equal("Bash checked 0002", Next(ask.Called("File created successfully at: /w/reports/0002.md", tool: "Write")));
        Assert.StartsWith("The report on module 0002", Next(ask.Called("checked 0002")), StringComparison.Ordinal);
        Assert.Equal("Read modules/0003.txt", Next(ask.Said("done").User(SampleProject.PromptOf("0003"))));
    }

    [Theory]
    [InlineData("read", "Write reports/0002.md")]
    [InlineData("written", "Bash checked 0002")]
    [InlineData("checked", "The report on module 0002 is written")]
    public void after_a_compaction_it_goes_on_where_it_was(string stage, string next) =>
        Assert.StartsWith(next, Next(new Ask().User(Summary.Replace("{0}", stage, StringComparison.Ordinal))), StringComparison.Ordinal);

    [Fact]
    public void a_summary_says_what_has_been_done_of_the_task() => Assert.Equal(
        "<summary>Task 0002: goes on, read (rehearsal-turns: 1)</summary>",
        Next(new Ask().User(SampleProject.PromptOf("0002")).Called("module 0002 begins", tool: "Read").User("Your task is to create a detailed summary")));

    [Fact]
    public void a_coordinator_gives_every_task_to_a_subagent_some_at_once()
    {
        var ask = new Ask().User($"Report on each module, {SampleModel.Coordinate}.");
        var agents = new List<int>();
        for (var turn = 1; turn <= 3; turn++)
        {
            agents.Add(Model().Answer(ask.Request()).Message!.Blocks.OfType<RenderedBlock.ToolUse>().Count(tool => tool.Name == "Agent"));
            ask.Called("done", tool: "Agent");
        }
        Assert.Equal([2, 1, 0], agents);
    }

    [Theory]
    [InlineData("Task 0012: read modules/0012.txt", "0012")]
    [InlineData("… Task 0002: goes on, read", "0002")]
    [InlineData("Report on each module", null)]
    public void whose_turn_it_is_stands_in_what_the_user_said_last(string text, string? number) => Assert.Equal(number, SampleProject.TaskIn(text));

    private static string Next(Ask ask) => Model().Answer(ask.Request()).Message!.Blocks[^1] switch
    {
        RenderedBlock.ToolUse tool => $"{tool.Name} {new[] { "modules/0002.txt", "modules/0003.txt", "reports/0002.md", "checked 0002" }.Last(text => tool.Input.Contains(text, StringComparison.Ordinal))}",
        RenderedBlock.Text text => text.Value,
        var other => other.ToString(),
    };
}
