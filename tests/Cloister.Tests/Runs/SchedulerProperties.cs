using Cloister.Runs;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Runs;

public sealed class SchedulerProperties
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true);

    [Fact]
    public void no_task_starts_before_all_it_waits_for_has_ended() => Simulate((simulation, schedule) =>
    {
        foreach (var id in schedule.Decisions.OfType<StartTask>().Select(start => start.Task))
        {
            var task = simulation.View.Tasks[id];
            Assert.Equal(TaskState.Queued, task.State);
            Assert.All(task.Definition.Needs.Concat(task.Definition.After), other => Assert.True(simulation.View.Tasks[other].Ended, $"{id} starts before {other} has ended"));
            if (task.Definition.If is null)
                Assert.All(task.Definition.Needs, need => Assert.True(RunScope.CountsAsSuccess(simulation.View.Tasks[need])));
        }
    });

    [Fact]
    public void a_task_is_decided_on_once_at_a_time() => Simulate((_, schedule) =>
    {
        var tasks = schedule.Decisions.Select(decision => decision.GetType().GetProperty("Task")?.GetValue(decision)).Where(task => task is not null).ToList();
        Assert.Equal(tasks.Distinct().Count(), tasks.Count);
    });

    [Fact]
    public void the_same_view_gives_the_same_decisions() => Simulate((simulation, schedule) =>
        Assert.Equal(schedule.Decisions, Scheduler.Next(RunFold.Replay(simulation.Events), simulation.Now, default).Decisions));

    [Fact]
    public void nobody_waits_for_nothing() => Simulate((simulation, schedule) =>
    {
        var moves = schedule.Decisions.Count > 0 || schedule.WakeAt is not null || simulation.View.Phase != RunPhase.Active
            || simulation.View.Tasks.Values.Any(task => task.LiveAttempt is not null || task.Paused);
        Assert.True(moves, "the run stands still");
    });

    [Fact]
    public void every_run_comes_to_its_end() => Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
    {
        var simulation = new RunSimulation(seed, allowPauses: false);
        while (simulation.View.Phase != RunPhase.Finished)
        {
            simulation.Step();
            Assert.True(simulation.Events.Count < 20_000, "the run does not end");
        }
        Assert.All(simulation.View.TasksInOrder, task => Assert.True(task.Ended));
        Assert.Equal(Given.Text(simulation.View), Given.Text(RunFold.Replay(simulation.Events)));
    }).Check(Many);

    private static void Simulate(Action<RunSimulation, Schedule> holds) =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            var simulation = new RunSimulation(seed, allowPauses: true);
            for (var i = 0; i < 150 && simulation.View.Phase != RunPhase.Finished; i++)
                simulation.Step(schedule => holds(simulation, schedule));
        }).Check(Many);
}
