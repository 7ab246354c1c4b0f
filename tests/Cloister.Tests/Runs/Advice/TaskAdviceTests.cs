using Cloister.Accounting;
using Cloister.Delegation;
using Cloister.Runs;
using Cloister.Runs.Advice;
using Cloister.Sessions;

namespace Cloister.Tests.Runs.Advice;

/// <summary>What is known before a task is given to an agent of its own.</summary>
public sealed class TaskAdviceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task without_experience_it_is_advised_by_words_and_says_so()
    {
        await using var rig = new EngineRig();
        var advice = await AdviceAsync(rig, "Implement the export");
        Assert.Equal((true, false), (advice.Advice.Delegate, advice.ReadsOnly));
        Assert.Empty(advice.Obstacles);
        Assert.Contains("assumed, nothing was measured yet", advice.Advice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task everything_that_keeps_an_agent_from_beginning_is_named()
    {
        await using var rig = new EngineRig();
        var run = await PlannedAsync(rig, "Implement the export");
        rig.Backend.NotReady = new CloisterException("claude.missing", "claude is not on the PATH", null);
        Assert.Equal(["Claude Code is missing (claude is not on the PATH)"], await ObstaclesAsync(rig, run));

        rig.Backend.NotReady = null;
        rig.Services.Breakers.For(run).Park(rig.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        Assert.StartsWith("a limit is reached (the service turns agents away until ", Assert.Single(await ObstaclesAsync(rig, run)), StringComparison.Ordinal);

        rig.Clock.Advance(TimeSpan.FromHours(3));
        Directory.CreateDirectory(Path.GetDirectoryName(rig.Services.State.Workspaces)!);
        if (Directory.Exists(rig.Services.State.Workspaces))
            Directory.Delete(rig.Services.State.Workspaces);
        await File.WriteAllTextAsync(rig.Services.State.Workspaces, "in the way", Cancel);
        Assert.StartsWith("it is not permitted here", Assert.Single(await ObstaclesAsync(rig, run)), StringComparison.Ordinal);
    }

    [Fact]
    public void experience_is_what_agents_began_with_and_what_their_tasks_took()
    {
        var view = Given.View(Given.Task("a") with { Prompt = "Implement the export" }).After(
            Given.Claimed("a"), Given.Started("a"), new AttemptBriefed("a", 1, 400, 100),
            new AttemptAdvanced("a", 1, 1, new UsageSnapshot(new(0, 0, 5_000, 700), 0, 5_000, 200_000, 3), null, Given.Now),
            Given.Ended("a"), new TaskSucceeded("a", WaitsForReview: false, "", null, Given.Now));
        var experience = Experience.Of(view);

        var began = Assert.Single(experience.Beginnings);
        Assert.Equal("coder", began.Agent);
        Assert.InRange(began.Tokens, 4_850, 4_950);
        Assert.Equal(new Overhead(began.Tokens, 1, OverheadBasis.Agent), Experience.Overhead([experience]).Of("coder", began.Model));
        Assert.Equal(("coder", "Implement the export"), Assert.Single(experience.Tasks) is var past ? (past.Agent, past.Description) : default);
    }

    [Theory]
    [InlineData("one line", 0)]
    [InlineData("Do:\n- read\n- think\n  * twice\n\n1. write\n2) send\n", 5)]
    [InlineData("-no list\n3.14 is no step\n-\n", 0)]
    public void what_a_description_lists_is_its_steps(string description, int steps) => Assert.Equal(steps, DelegationTask.StepsIn(description));

    [Theory]
    [InlineData("", true)]
    [InlineData(", needs: y", false)]
    public async Task parts_that_wait_for_none_of_each_other_are_counted(string more, bool delegated)
    {
        await using var rig = new EngineRig();
        // What such a task takes and what an agent costs has been measured, so that neither decides alone.
        rig.Backend.For("past", async agent =>
        {
            var used = new TokenUsage(0, 0, 3_000, 1_500);
            await agent.SayAsync(new AgentUsage(used, 0.1m, 3_000, 200_000, 1));
            return agent.Succeed("done") with { Tokens = used };
        });
        await rig.OpenAsync();
        await rig.UntilFinishedAsync((await rig.StartAsync("tasks: { past: { prompt: Sort the garden shed } }")).Id);
        var plan = await rig.RequestAsync($"tasks: {{ a: {{ prompt: Sort the garden shed }}, x: {{ prompt: X }}, y: {{ prompt: Y }}, z: {{ prompt: Z{more} }} }}");
        var tasks = plan.Plan.Tasks.Select(task => task.Id == "a" ? task : task with { Parent = "a" });
        var run = await rig.Engine.StartAsync(plan with { Plan = plan.Plan with { Tasks = [.. tasks] }, Board = true }, Cancel);

        var advice = (await rig.Engine.AdviseAsync(new TaskRef(run.Id, "a"), here: null, Cancel)).Advice;

        Assert.Equal((delegated, delegated ? DelegationRule.Parallel : DelegationRule.Manageable), (advice.Delegate, advice.Rule));
    }

    [Fact]
    public async Task parts_steps_and_large_files_are_counted()
    {
        await using var rig = new EngineRig();
        Directory.CreateDirectory(rig.Project);
        await File.WriteAllTextAsync(Path.Combine(rig.Project, "large.txt"), new string('x', 40_001), Cancel);
        await File.WriteAllTextAsync(Path.Combine(rig.Project, "small.txt"), "x", Cancel);
        var whole = Given.Task("whole") with { Prompt = "Do it:\n- one\n- two", Context = ["large.txt", "small.txt", "src/**", "gone.txt"] };
        var parts = new[] { Given.Task("a"), Given.Task("b"), Given.Task("c", "a"), Given.Task("d", "whole") }.Select(part => part with { Parent = "whole" });
        var view = Given.View([whole, .. parts]);
        view = view with { Source = view.Source with { Project = rig.Project } };

        var question = TaskAdvice.QuestionOf(view, view.Tasks["whole"]);

        Assert.Equal((3, 2, 1), (question.IndependentSubtasks, question.Steps, question.LargeFiles));
    }

    private static async Task<IsolationAdvice> AdviceAsync(EngineRig rig, string prompt)
    {
        var run = await PlannedAsync(rig, prompt);
        return await rig.Engine.AdviseAsync(new TaskRef(run.Id, "a"), here: null, Cancel);
    }

    private static async Task<IEnumerable<string>> ObstaclesAsync(EngineRig rig, RunView run) =>
        (await rig.Engine.AdviseAsync(new TaskRef(run.Id, "a"), here: null, Cancel)).Obstacles.Select(obstacle => obstacle.Words);

    private static async Task<RunView> PlannedAsync(EngineRig rig, string prompt)
    {
        await rig.OpenAsync();
        var plan = await rig.RequestAsync($"tasks: {{ a: {{ prompt: {prompt} }} }}");
        return await rig.Engine.StartAsync(plan with { Board = true }, Cancel);
    }
}
