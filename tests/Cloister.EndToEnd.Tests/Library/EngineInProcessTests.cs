using System.Text;
using Cloister.EndToEnd.Tests.Outside;
using Cloister.EndToEnd.Tests.Support;
using Cloister.Plans;
using Cloister.Questions;
using Cloister.Rehearsal;
using Cloister.Runs;

namespace Cloister.EndToEnd.Tests.Library;

/// <summary>The engine inside a program that uses the library: real claude, real git, the rehearsal as its model.</summary>
public sealed class EngineInProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task the_demo_plan_runs_from_prompts_to_checked_commits()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var project = Scenario.BuiltInProject("demo").Select(file => (file.Key, file.Value)).ToArray();
        await using var repository = await TestRepository.CreateAsync(project);
        var oracle = await Oracle.BeforeAsync(repository);
        await using var model = await RehearsalServer.StartAsync(Scenario.FindBuiltIn("demo")!, new RehearsalOptions(), limit.Token);
        await using var engine = await CloisterBuilder.OpenAsync(OptionsFor(repository), limit.Token);
        var load = await PlanLoader.LoadAsync(
            Encoding.UTF8.GetBytes(Scenario.FindBuiltInPlan("demo")!), "demo.plan.yaml", directory: null, agents: null, limit.Token);
        Assert.NotNull(load.Plan);

        var access = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ANTHROPIC_BASE_URL"] = model.BaseAddress.ToString(),
            ["ANTHROPIC_API_KEY"] = "sk-ant-rehearsal",
        };
        var nothing = new Dictionary<string, string>(StringComparer.Ordinal);
        var run = await engine.StartAsync(new StartRun(load.Plan, repository.Project, nothing, null, null, access), limit.Token);
        var output = TestContext.Current.TestOutputHelper!;
        await foreach (var update in engine.WatchAsync(run.Id, since: 0, limit.Token))
        {
            output.WriteLine($"{update.At:HH:mm:ss.fff} {update.Run}/{update.Task} {update.Event} {update.State} {update.Reason} {update.Text}");
            if (update.Question is { } question && update.Event == "task.needs_input")
                await engine.AnswerAsync(question, new AnswerQuestion(AnswerDecision.Reply, "1"), limit.Token);
            if (update.Event == "run.finished")
                break;
        }

        var finished = await engine.GetAsync(run.Id, limit.Token);
        Assert.Equal(RunOutcome.Succeeded, finished.Outcome);
        Assert.All(finished.Tasks.Values, task => Assert.Equal(TaskState.Review, task.State));
        Assert.Equal(2, finished.Tasks["plausible"].Attempts.Count);
        Assert.True(finished.CostUsd > 0);
        Assert.Contains("Celsius", await repository.GitAsync("show", "cloister/r1/units:config.json"), StringComparison.Ordinal);
        await oracle.AssertAllIsWellAsync(within: TimeSpan.FromSeconds(5));
    }

    private static EngineOptions OptionsFor(TestRepository repository) => new()
    {
        StateFolder = repository.StateFolder,
        Environment = repository.Environment,
        Program = Path.Combine(AppContext.BaseDirectory, "cloister"),
        Claude = ClaudeExecutable.Pinned,
        Parallel = 3,
    };
}
