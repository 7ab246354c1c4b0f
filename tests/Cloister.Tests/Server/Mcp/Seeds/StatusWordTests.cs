using Cloister.Plans;
using Cloister.Runs;
using Cloister.Server.Mcp.Seeds;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>What our states are called by the orchestrator tools, and what is to be done in each.</summary>
public sealed class StatusWordTests
{
    [Theory]
    [InlineData(TaskState.Planned, null, "waiting")]
    [InlineData(TaskState.HandedOut, null, "waiting")]
    [InlineData(TaskState.Queued, null, "starting")]
    [InlineData(TaskState.Starting, null, "starting")]
    [InlineData(TaskState.Working, null, "running")]
    [InlineData(TaskState.NeedsInput, null, "waiting")]
    [InlineData(TaskState.Review, null, "completed")]
    [InlineData(TaskState.Merged, null, "completed")]
    [InlineData(TaskState.Done, null, "completed")]
    [InlineData(TaskState.Failed, TaskReason.Timeout, "timeout")]
    [InlineData(TaskState.Failed, TaskReason.Crash, "failed")]
    [InlineData(TaskState.Stopped, TaskReason.User, "failed")]
    [InlineData(TaskState.Skipped, TaskReason.Dependency, "failed")]
    public void every_state_has_its_word(TaskState state, TaskReason? reason, string word) => Assert.Equal(word, SeedStatus.Of(state, reason));

    [Fact]
    public void the_mode_says_who_did_it()
    {
        var board = RunFold.Open(Given.Accepted(Given.Plan(Given.Task("a"))) with { Board = true });
        var handed = board.After(new TaskHandedOut("a", null, Given.Now));
        var done = handed.After(new TaskSucceeded("a", WaitsForReview: false, "ok", null, Given.Now));
        var agents = Given.View(Given.Task("a")).After([.. Given.Done("a")]);

        Assert.Equal([null, "standard", "standard", "isolated"], new[] { board, handed, done, agents }.Select(run => SeedStatus.ModeOf(run.Tasks["a"])));
    }

    [Fact]
    public void every_state_has_a_next_step()
    {
        var view = Given.View(Given.Task("a"));
        foreach (var state in Enum.GetValues<TaskState>())
            Assert.NotEmpty(NextSteps.Of(view, view.Tasks["a"] with { State = state, Detail = "why", Reason = TaskReason.Crash }));
    }

    [Fact]
    public void metrics_are_what_was_measured_and_null_otherwise()
    {
        var view = Given.View(Given.Task("a"));
        Assert.Equal(SeedMetrics.None, SeedReport.MetricsOf(view, view.Tasks["a"], Given.Now));

        var working = view.After([.. Given.Working("a")]);
        var attempt = working.Tasks["a"].Attempt! with { PeakContextTokens = 30_000, FirstContextTokens = 15_002, Usage = new UsageSnapshot(default, 0.1234m, 20_000, 200_000, 3) };
        var task = working.Tasks["a"] with { Attempts = [attempt], Definition = Given.Task("a") with { Session = SessionSettings.Standard with { ContextLimit = 100_000 } } };
        Assert.Equal(
            new SeedMetrics(30_000, 0.5, 0.3, null, 0.1234m, 90),
            SeedReport.MetricsOf(working with { Tasks = working.Tasks.SetItem("a", task) }, task, Given.Now.AddSeconds(90)));
    }
}
