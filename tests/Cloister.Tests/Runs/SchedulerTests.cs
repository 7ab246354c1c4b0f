using System.Text.Json;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Runs;

public sealed class SchedulerTests
{
    [Fact]
    public void tasks_without_needs_start_at_once_in_plan_order() =>
        Decides(Given.View(Given.Task("b"), Given.Task("a")), new StartTask("b"), new StartTask("a"));

    [Fact]
    public void a_task_starts_when_all_it_needs_succeeded_merged_or_not()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b"), Given.Task("c", "a", "b"));
        Decides(view.After(Given.Done("a")), new StartTask("b"));
        Decides(view.After([.. Given.Done("a"), .. Given.Working("b")]));
        Decides(view.After([.. Given.Done("a"), .. Given.InReview("b")]), new StartTask("c"));
        Decides(view.After([.. Given.Done("a"), .. Given.InReview("b"), new TaskMerged("b", "abc", "x", Given.Now)]), new StartTask("c"));
    }

    [Fact]
    public void what_needs_a_failed_task_is_skipped_and_says_whose_fault_it_is()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b", "a"), Given.Task("c", "b")).After(Given.Failed("a"));
        Decides(view, new SkipTask("b", TaskReason.Dependency, "a did not succeed"));
        Decides(
            view.After(new TaskSkipped("b", TaskReason.Dependency, "", Given.Now)),
            new SkipTask("c", TaskReason.Dependency, "b did not succeed"));
    }

    [Fact]
    public void a_failure_that_may_happen_counts_as_success() =>
        Decides(Given.View(Given.Task("a") with { ContinueOnError = true }, Given.Task("b", "a")).After(Given.Failed("a")), new StartTask("b"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void after_only_waits_for_an_end(bool succeeds)
    {
        var view = Given.View(Given.Task("a"), Given.Task("b") with { After = ["a"] });
        Decides(view.After(Given.Working("a")));
        Decides(view.After(succeeds ? Given.Done("a") : Given.Failed("a")), new StartTask("b"));
    }

    [Theory]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData("always()", false, true)]
    [InlineData("failure()", false, true)]
    [InlineData("failure()", true, false)]
    [InlineData("success()", true, true)]
    public void a_condition_decides_once_the_needed_tasks_have_ended(string? condition, bool succeeds, bool runs)
    {
        var view = Given.View(Given.Task("a"), Given.Task("b", "a") with { If = condition });
        Decides(view, new StartTask("a"));
        var decision = Assert.Single(Next(view.After(succeeds ? Given.Done("a") : Given.Failed("a"))).Decisions);
        Assert.Equal(runs, decision is StartTask);
        Assert.Equal(!runs, decision is SkipTask { Task: "b" });
    }

    [Fact]
    public void a_condition_that_is_false_although_all_is_well_is_its_own_reason() => Decides(
        Given.View(Given.Task("a"), Given.Task("b", "a") with { If = "failure()" }).After(Given.Done("a")),
        new SkipTask("b", TaskReason.Condition, "its condition is false: failure()"));

    [Fact]
    public void a_matrix_becomes_its_copies_and_ends_with_the_last_of_them()
    {
        var view = Given.View(Given.Task("m") with { Matrix = [new MatrixAxis("os", ["linux", "mac"], null)] }, Given.Task("z", "m"));
        Decides(view, new ExpandTask("m"));

        view = Realised(view);
        Assert.Equal(["m", "m.1", "m.2", "z"], view.Order);
        Decides(view, new StartTask("m.1"), new StartTask("m.2"));
        Decides(view.After(Given.Done("m.1")), new StartTask("m.2"));
        Decides(view.After([.. Given.Done("m.1"), .. Given.Done("m.2")]), new CloseMatrix("m", TaskState.Done, "2 of 2 copies succeeded"));
        Decides(view.After([.. Given.Done("m.1"), .. Given.Failed("m.2")]), new CloseMatrix("m", TaskState.Failed, "1 of 2 copies succeeded"));

        view = Realised(view.After([.. Given.Done("m.1"), .. Given.Done("m.2")]));
        Assert.Equal(TaskState.Done, view.Tasks["m"].State);
        Decides(view, new StartTask("z"));
    }

    [Fact]
    public void a_matrix_without_values_is_done_at_once()
    {
        var view = Realised(Given.View(Given.Task("m") with { Matrix = [new MatrixAxis("os", [], null)] }));
        Decides(view, new CloseMatrix("m", TaskState.Done, "0 of 0 copies succeeded"));
    }

    [Fact]
    public void a_matrix_takes_its_list_from_a_needed_task()
    {
        var view = Given.View(Given.Task("find"), Given.Task("m", "find") with { Matrix = [new MatrixAxis("file", null, "tasks.find.result.files")] });
        view = Realised(view.After(Given.Done("find", JsonElement.Parse("""{"files":["a","b","c"]}"""))));
        Assert.Equal(["m.1", "m.2", "m.3"], view.Tasks["m"].Copies);
    }

    [Fact]
    public void a_matrix_without_a_list_fails_instead_of_waiting_for_ever()
    {
        var view = Given.View(Given.Task("find"), Given.Task("m", "find") with { Matrix = [new MatrixAxis("file", null, "tasks.find.result.files")] });
        view = Realised(view.After(Given.Done("find", JsonElement.Parse("{}"))));
        Assert.Equal((TaskState.Failed, TaskReason.Condition), (view.Tasks["m"].State, view.Tasks["m"].Reason));
    }

    [Fact]
    public void the_plan_limits_how_many_work_and_who_waits_for_a_person_does_not_count()
    {
        var view = Given.View(Given.Plan(Given.Task("a"), Given.Task("b"), Given.Task("c")) with { Concurrency = 2 });
        Assert.Equal(2, Scheduler.FreeByPlan(view));
        view = view.After([.. Given.Working("a"), .. Given.Working("b")]);
        Assert.Equal((0, 2), (Scheduler.FreeByPlan(view), Scheduler.BusyTasks(view)));
        view = view.After(Given.Asked("a"));
        Assert.Equal((1, 1), (Scheduler.FreeByPlan(view), Scheduler.BusyTasks(view)));
        Assert.Equal(int.MaxValue, Scheduler.FreeByPlan(Given.View(Given.Task("a"))));
    }

    [Fact]
    public void nothing_starts_in_a_paused_run_but_what_cannot_start_is_still_skipped()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b"), Given.Task("c", "a")).After([.. Given.Failed("a"), new RunPaused()]);
        Decides(view, new SkipTask("c", TaskReason.Dependency, "a did not succeed"));
        Decides(view.After(new RunResumed()), new StartTask("b"), new SkipTask("c", TaskReason.Dependency, "a did not succeed"));
    }

    [Fact]
    public void a_paused_task_does_not_hold_up_the_others() =>
        Decides(Given.View(Given.Task("a"), Given.Task("b")).After(new TaskPaused("a")), new StartTask("b"));

    [Fact]
    public void a_spent_run_stops_what_works_and_starts_nothing()
    {
        var view = Given.View(Given.Plan(Given.Task("a"), Given.Task("b"), Given.Task("c")) with { BudgetUsd = 1m })
            .After([.. Given.Working("a"), .. Given.Working("b"), Spent("a", 0.6m)]);
        Decides(view, new StartTask("c"));
        view = view.After(Spent("b", 0.4m));
        Decides(view, new StopTask("a", StopCause.Budget), new StopTask("b", StopCause.Budget), new FailTask("c", TaskReason.Budget, "the run's budget of $1.00 is spent"));
        Decides(view.After(new TaskStopRequested("a", StopCause.Budget), new RunExtended(5)), new StartTask("c"));
    }

    [Fact]
    public void an_agent_that_has_already_ended_is_not_stopped_for_the_budget()
    {
        var view = Given.View(Given.Plan(Given.Task("a")) with { BudgetUsd = 0.5m }).After([.. Given.Working("a"), Given.Ended("a")]);
        Decides(view);
    }

    [Fact]
    public void a_task_whose_own_budget_is_spent_does_not_start_again_without_more()
    {
        var view = Given.View(Given.Task("a") with { BudgetUsd = 0.5m })
            .After([.. Given.Failed("a", TaskReason.Budget), new TaskRetried("a", new NextAttempt(null, false), null, null, Given.Now)]);
        Decides(view, new FailTask("a", TaskReason.Budget, "its budget of $0.50 is spent"));
        Decides(view.After(new TaskExtended("a", null, 1m)), new StartTask("a"));
    }

    [Fact]
    public void a_refused_credential_is_not_offered_again_by_the_others()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b")).After(Given.Failed("a", TaskReason.Auth));
        Decides(view, new FailTask("b", TaskReason.Auth, "not started: the model access was refused"));
    }

    [Fact]
    public void after_the_login_each_task_can_be_retried_by_itself()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b"))
            .After([.. Given.Failed("a", TaskReason.Auth), .. Given.Failed("b", TaskReason.Auth)])
            .After(new TaskRetried("a", new NextAttempt(null, false), null, null, Given.Now.AddMinutes(5)));
        Decides(view, new StartTask("a"));
    }

    [Fact]
    public void a_parked_task_wakes_the_run_when_its_time_comes()
    {
        var until = Given.Now.AddMinutes(10);
        var view = Given.View(Given.Task("a"), Given.Task("b")).After([.. Given.Working("a"), Requeued("a", until), .. Given.Working("b"), Requeued("b", until.AddMinutes(1))]);
        Assert.Equal((0, until), (Next(view).Decisions.Count, Next(view).WakeAt));
        Assert.Equal([new StartTask("a")], Scheduler.Next(view, until, default).Decisions);
    }

    [Fact]
    public void the_breaker_holds_every_start_and_sets_the_alarm()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b"));
        var schedule = Scheduler.Next(view, Given.Now, Given.Now.AddSeconds(30));
        Assert.Equal((0, Given.Now.AddSeconds(30)), (schedule.Decisions.Count, schedule.WakeAt));
        Assert.Equal(2, Scheduler.Next(view, Given.Now.AddSeconds(30), Given.Now.AddSeconds(30)).Decisions.Count);
    }

    [Fact]
    public void a_paused_run_sets_no_alarm() =>
        Assert.Null(Next(Given.View(Given.Task("a")).After([.. Given.Working("a"), Requeued("a", Given.Now.AddHours(1)), new RunPaused()])).WakeAt);

    [Theory]
    [InlineData(RunOutcome.Succeeded, TaskReason.Crash, true)]
    [InlineData(RunOutcome.Failed, TaskReason.Crash, false)]
    [InlineData(RunOutcome.Budget, TaskReason.Budget, false)]
    [InlineData(RunOutcome.Auth, TaskReason.Auth, false)]
    public void the_run_ends_as_its_worst_task_did(RunOutcome outcome, TaskReason reason, bool mayFail)
    {
        var view = Given.View(Given.Task("a"), Given.Task("b") with { ContinueOnError = mayFail }).After([.. Given.Done("a"), .. Given.Failed("b", reason)]);
        Decides(view, new FinishRun(outcome));
    }

    [Fact]
    public void a_stopped_task_stops_the_run_unless_something_failed()
    {
        var stopped = Given.View(Given.Task("a"), Given.Task("b")).After([.. Given.InReview("a"), new TaskStopped("b", TaskReason.User, "", Given.Now)]);
        Decides(stopped, new FinishRun(RunOutcome.Stopped));
        var skipped = Given.View(Given.Task("a"), Given.Task("b")).After([.. Given.InReview("a"), new TaskSkipped("b", TaskReason.Condition, "", Given.Now)]);
        Decides(skipped, new FinishRun(RunOutcome.Succeeded));
    }

    [Fact]
    public void a_finished_run_decides_nothing_until_a_task_is_retried()
    {
        var view = Given.View(Given.Task("a")).After([.. Given.Failed("a"), new RunFinished(RunOutcome.Failed, Given.Now)]);
        Decides(view);
        Decides(view.After(new TaskRetried("a", new NextAttempt(null, false), null, null, Given.Now)), new StartTask("a"));
    }

    private static void Decides(RunView view, params ScheduleStep[] expected) => Assert.Equal(expected, Next(view).Decisions);

    private static Schedule Next(RunView view) => Scheduler.Next(view, Given.Now, default);

    private static RunView Realised(RunView view)
    {
        var fence = view.Fence;
        return view.After(Next(view).Decisions.SelectMany(decision => Realisation.Of(view, decision, Given.Now, ref fence)));
    }

    private static AttemptAdvanced Spent(string task, decimal usd) =>
        new(task, 1, 10, new UsageSnapshot(default, usd, 0, 0, 1), null, Given.Now);

    private static TaskRequeued Requeued(string task, DateTimeOffset until) =>
        new(task, TaskReason.RateLimit, "parked", until, new NextAttempt(null, true), CountsAsRetry: false);
}
