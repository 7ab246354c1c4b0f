using System.Text.Json;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Runs;

public sealed class RunFoldTests
{
    private static readonly DateTimeOffset Later = Given.Now.AddHours(1);

    [Fact]
    public void an_accepted_run_has_its_tasks_queued_in_plan_order()
    {
        var plan = Given.Plan(Given.Task("b"), Given.Task("a", "b")) with { BudgetUsd = 3 };
        var view = RunFold.Open(Given.Accepted(plan, key: "k"));
        Assert.Equal((Given.Run, 1L, "k", 3m, RunPhase.Active), (view.Id, view.Position, view.IdempotencyKey, view.BudgetUsd, view.Phase));
        Assert.Equal(["b", "a"], view.Order);
        Assert.All(view.TasksInOrder, task => Assert.Equal((TaskState.Queued, Given.Now), (task.State, task.QueuedAt)));
    }

    [Fact]
    public void a_journal_starts_with_its_acceptance_and_has_only_one()
    {
        Assert.Throws<InvalidOperationException>(() => RunFold.Replay([]));
        Assert.Throws<InvalidOperationException>(() => RunFold.Replay([new RunPaused()]));
        Assert.Throws<InvalidOperationException>(() => OneTask().After(Given.Accepted(Given.Plan(Given.Task("a")))));
    }

    [Fact]
    public void the_run_itself_changes_as_its_events_say()
    {
        var view = OneTask();
        Assert.Equal(RunPhase.Paused, view.After(new RunPaused()).Phase);
        Assert.Equal(RunPhase.Active, view.After(new RunPaused(), new RunResumed()).Phase);
        Assert.Equal((RunPhase.Finished, RunOutcome.Failed, Later), Ended(view.After(new RunFinished(RunOutcome.Failed, Later))));
        Assert.True(view.After(new RunRemoved(Later)).Removed);
        Assert.False(view.After(new RunRemoved(Later), new RunRestored()).Removed);
        Assert.Equal(["Read", "Bash(ls)"], view.After(new RuleGranted("Read", "person"), new RuleGranted("Bash(ls)", "person")).AllowRules);
        Assert.Equal("abc", view.After(new RunLanded("main", "abc", Later)).LandedCommit);
        Assert.Equal([new OpenIntent("k", IntentKind.Merge, "main 1 2")], view.After(new IntentOpened("k", IntentKind.Merge, "main 1 2")).Intents.Values);
        Assert.Empty(view.After(new IntentOpened("k", IntentKind.Merge, "main 1 2"), new IntentClosed("k", Happened: false)).Intents);
    }

    [Fact]
    public void more_budget_for_a_run_without_a_limit_stays_no_limit()
    {
        Assert.Null(OneTask().After(new RunExtended(5)).BudgetUsd);
        Assert.Equal(8, Given.View(Given.Plan(Given.Task("a")) with { BudgetUsd = 3 }).After(new RunExtended(5)).BudgetUsd);
    }

    [Fact]
    public void a_claim_is_an_attempt_with_its_session_its_fence_and_its_limits()
    {
        var view = OneTask().After(Given.Claimed("a", fence: 7) with { BudgetUsd = 2 });
        var task = view.Tasks["a"];
        Assert.Equal((TaskState.Starting, 7L, Given.Now), (task.State, view.Fence, task.StartedAt));
        Assert.Equal((1, 7L, 2m, "Do a", Given.Now.AddMinutes(30)), (task.Attempt!.Number, task.Attempt.Fence, task.Attempt.BudgetUsd, task.Attempt.Prompt, task.Attempt.Deadline));
    }

    [Fact]
    public void an_attempt_is_prepared_started_and_works()
    {
        var view = OneTask().After(Given.Claimed("a"), Given.Prepared("a"), new SetupFinished("a", 1, new CommandResult("npm ci", 0, 3, "")));
        Assert.Equal((TaskState.Starting, true, "cloister/r1/a"), (view.Tasks["a"].State, view.Tasks["a"].Attempt!.Prepared, view.Tasks["a"].Workspace!.Branch));
        Assert.True(view.Tasks["a"].Attempt!.Setup!.Passed);

        view = view.After(Given.Started("a"));
        Assert.Equal((TaskState.Working, "claude-sonnet-4-5", "2.1.329"), (view.Tasks["a"].State, view.Tasks["a"].Attempt!.Model, view.Tasks["a"].Attempt!.BackendVersion));

        var usage = new UsageSnapshot(new(1, 2, 3, 4), 0.25m, 100, 1000, 2);
        view = view.After(new AttemptAdvanced("a", 1, 500, usage, "Edit x.cs", Later), new AttemptAdvanced("a", 1, 600, null, null, Later));
        Assert.Equal((600L, usage, "Edit x.cs", 0.25m, Later), (view.Tasks["a"].Attempt!.Offset, view.Tasks["a"].Attempt!.Usage, view.Tasks["a"].Detail, view.CostUsd, view.Tasks["a"].Attempt!.ActiveAt));
    }

    [Fact]
    public void notes_count_compactions_and_keep_the_agents_own_summary()
    {
        var attempt = Working().After(
            new AttemptNoted("a", 1, NoteKinds.Compacted, ""), new AttemptNoted("a", 1, NoteKinds.Compacted, ""),
            new AttemptNoted("a", 1, NoteKinds.DeclaredDone, "All done"), new AttemptNoted("a", 1, "something new", "x")).Tasks["a"].Attempt!;
        Assert.Equal((2, "All done"), (attempt.Compactions, attempt.DeclaredSummary));
    }

    [Fact]
    public void an_ended_process_leaves_its_final_figures_its_work_and_its_checks()
    {
        var check = new CommandResult("dotnet test", 1, 2, "red");
        var task = Working().After(Given.Ended("a"), Given.Kept("a"), new CheckFinished("a", 1, check)).Tasks["a"];
        Assert.Equal((TaskState.Working, 0.5m, "89abcde"), (task.State, task.CostUsd, task.Work!.Commit));
        Assert.Equal([check], task.Attempt!.Checks);
        Assert.Equal((AgentVerdict.Succeeded, Given.Now.AddMinutes(1)), (task.Attempt.Outcome!.Verdict, task.Attempt.EndedAt));
    }

    [Fact]
    public void the_time_an_agent_waits_for_a_person_is_not_its_own()
    {
        var asked = Working().After(Given.Asked("a", 1), Given.Asked("a", 2));
        Assert.Equal((Given.Now, Given.Now.AddDays(7)), (asked.Tasks["a"].Attempt!.WaitsSince, asked.Tasks["a"].Attempt!.KilledAt));

        var halfAnswered = asked.After(AnsweredAfter(TimeSpan.FromHours(1), question: 1));
        Assert.Equal(Given.Now, halfAnswered.Tasks["a"].Attempt!.WaitsSince);

        var answered = halfAnswered.After(AnsweredAfter(TimeSpan.FromHours(9), question: 2)).Tasks["a"].Attempt!;
        var left = Given.Now.AddHours(9).AddMinutes(30);
        Assert.Equal((null, left, left), (answered.WaitsSince, answered.Deadline, answered.KilledAt));
    }

    [Fact]
    public void a_process_that_ends_while_it_waits_leaves_its_time_to_the_checks()
    {
        var ended = Working().After(Given.Asked("a"), Given.Ended("a")).Tasks["a"].Attempt!;
        Assert.Equal((null, Given.Now.AddMinutes(31)), (ended.WaitsSince, ended.Deadline));
    }

    [Fact]
    public void money_of_every_attempt_counts()
    {
        var view = Working().After(Given.Ended("a", outcome: Given.Outcome(AgentVerdict.Crashed)), Requeued(), Given.Claimed("a", 2, 2), Given.Ended("a", 2));
        Assert.Equal((1.0m, 80L), (view.CostUsd, view.Tasks["a"].Tokens.Output));
    }

    [Fact]
    public void success_waits_for_a_look_or_is_done()
    {
        var result = JsonElement.Parse("""{"ok":true}""");
        var done = Working().After(Given.Ended("a"), new TaskSucceeded("a", false, "fine", result, Later)).Tasks["a"];
        Assert.Equal((TaskState.Done, "fine", Later, true), (done.State, done.Summary, done.EndedAt, done.Result!.Value.GetProperty("ok").GetBoolean()));
        Assert.Equal(TaskState.Review, Working().After(Given.Ended("a"), new TaskSucceeded("a", true, "fine", null, Later)).Tasks["a"].State);
    }

    [Fact]
    public void a_merge_is_remembered_with_its_commit()
    {
        var task = OneTask().After([.. Given.InReview("a"), new TaskMerged("a", "fedcba", "x", Later)]).Tasks["a"];
        Assert.Equal((TaskState.Merged, "fedcba"), (task.State, task.MergedCommit));
    }

    [Fact]
    public void every_other_end_has_its_reason()
    {
        Assert.Equal((TaskState.Skipped, TaskReason.Condition, "no", Later), End(OneTask().After(new TaskSkipped("a", TaskReason.Condition, "no", Later))));
        Assert.Equal((TaskState.Failed, TaskReason.Timeout, "late", Later), End(Working().After(new TaskFailed("a", TaskReason.Timeout, "late", Later))));
        Assert.Equal((TaskState.Stopped, TaskReason.User, "stop", Later), End(Working().After(new TaskStopped("a", TaskReason.User, "stop", Later))));
    }

    [Fact]
    public void back_in_the_queue_it_knows_why_until_when_and_what_comes_next()
    {
        var task = Working().After(new TaskStopRequested("a", StopCause.User), Requeued(countsAsRetry: true)).Tasks["a"];
        Assert.Equal((TaskState.Queued, TaskReason.Crash, Later, 1), (task.State, task.Reason, task.NotBefore, task.RetriesUsed));
        Assert.Equal((new NextAttempt("go on", true), null), (task.Next, task.StopRequested));

        var again = Working().After(Requeued(), Given.Claimed("a", 2, 2)).Tasks["a"];
        Assert.Equal((2, 0, null, null, null), (again.Attempts.Count, again.RetriesUsed, again.Next, again.NotBefore, again.Reason));
    }

    [Fact]
    public void a_retry_by_a_person_begins_anew_and_wakes_a_finished_run()
    {
        var view = OneTask().After([.. Given.Failed("a"), new TaskPaused("a"), new RunFinished(RunOutcome.Failed, Given.Now)]);
        view = view.After(new TaskRetried("a", new NextAttempt(null, false, FromBase: true, "faster"), "reviewer", "opus", Later));
        Assert.Equal((RunPhase.Active, null, null), Ended(view));
        var task = view.Tasks["a"];
        Assert.Equal((TaskState.Queued, null, false, Later, null), (task.State, task.Reason, task.Paused, task.QueuedAt, task.EndedAt));
        Assert.Equal(("reviewer", "opus", 0), (task.AgentOverride, task.ModelOverride, task.RetriesUsed));
        Assert.Equal("reviewer", view.After([.. Given.Failed("a").Skip(99), Given.Claimed("a", 2), new TaskFailed("a", TaskReason.Crash, "", Later), new TaskRetried("a", new NextAttempt(null, false), null, null, Later)]).Tasks["a"].AgentOverride);
    }

    [Fact]
    public void an_extension_reaches_the_running_attempt_and_all_later_ones()
    {
        var view = Given.View(Given.Task("a") with { BudgetUsd = 1 }).After(Given.Claimed("a") with { BudgetUsd = 1 });
        var task = view.After(new TaskExtended("a", TimeSpan.FromMinutes(5), 0.5m)).Tasks["a"];
        Assert.Equal((TimeSpan.FromMinutes(5), 1.5m, 1.5m, Given.Now.AddMinutes(35)), (task.MoreTime, task.BudgetUsd, task.Attempt!.BudgetUsd, task.Attempt.Deadline));
        Assert.Equal(TimeSpan.FromMinutes(5), OneTask().After(new TaskExtended("a", TimeSpan.FromMinutes(5), null)).Tasks["a"].MoreTime);
    }

    [Fact]
    public void messages_are_delivered_once()
    {
        var view = Working().After(new MessageQueued("a", "m1", "hello", Given.Now), new MessageQueued("a", "m2", "again", Given.Now), new InputDelivered("a", "message:m1"));
        Assert.Equal([new QueuedMessage("m1", "hello", true), new QueuedMessage("m2", "again", false)], view.Tasks["a"].Messages);
    }

    [Fact]
    public void a_question_makes_the_task_wait_until_all_of_its_questions_are_answered()
    {
        var view = Working().After(Given.Asked("a", 1), Given.Asked("a", 2));
        Assert.Equal((TaskState.NeedsInput, "Which way?"), (view.Tasks["a"].State, view.Tasks["a"].Detail));
        view = view.After(Given.Answered(2));
        Assert.Equal((TaskState.NeedsInput, 1), (view.Tasks["a"].State, view.OpenQuestions.Single().Id.Number));
        view = view.After(Given.Answered(1), new InputDelivered("a", "answer:q1"));
        Assert.Equal((TaskState.Working, true, false), (view.Tasks["a"].State, view.Questions[new(1)].Answer!.Delivered, view.Questions[new(2)].Answer!.Delivered));
    }

    [Fact]
    public void the_questions_of_an_ended_process_leave_the_inbox_and_its_success_counts()
    {
        var view = Working().After(Given.Asked("a"), Given.Ended("a"));
        Assert.Equal((TaskState.Working, AnswerDecision.Withdrawn), (view.Tasks["a"].State, view.Questions[new(1)].Answer!.Decision));
        Assert.Equal(TaskState.Done, view.After(new TaskSucceeded("a", false, "", null, Later)).Tasks["a"].State);
    }

    [Fact]
    public void an_agent_that_never_introduced_itself_may_ask_and_may_succeed()
    {
        var claimed = OneTask().After(Given.Claimed("a"));
        Assert.Equal(TaskState.NeedsInput, claimed.After(Given.Asked("a")).Tasks["a"].State);
        Assert.Equal(TaskState.Review, claimed.After(Given.Ended("a"), new TaskSucceeded("a", true, "", null, Later)).Tasks["a"].State);
    }

    [Fact]
    public void a_resume_that_overtakes_its_pause_goes_on_and_a_stop_that_overtakes_it_does_not()
    {
        var pausing = Working().After(new TaskPaused("a"), new TaskStopRequested("a", StopCause.User));
        Assert.NotNull(pausing.After(new TaskResumed("a")).Tasks["a"].Next);
        Assert.Null(pausing.After(new TaskResumed("a"), new TaskStopRequested("a", StopCause.User)).Tasks["a"].Next);
    }

    [Fact]
    public void copies_of_a_matrix_follow_their_original_and_know_their_values()
    {
        var view = Given.View(Given.Task("m") with { Title = "Move", Matrix = [new MatrixAxis("os", ["linux", "mac"], null)] }, Given.Task("z"));
        view = view.After(new MatrixExpanded("m", MatrixExpansion.Expand(view.Tasks["m"].Definition, RunScope.Of(view, view.Tasks["m"]))));
        Assert.Equal(["m", "m.1", "m.2", "z"], view.Order);
        Assert.Equal(["m.1", "m.2"], view.Tasks["m"].Copies);
        var copy = view.Tasks["m.2"];
        Assert.Equal(("m", "Move (mac)", "mac", 0), (copy.CopyOf, copy.Definition.Title, copy.MatrixValues["os"].GetString(), copy.Definition.Matrix.Count));
    }

    [Fact]
    public void a_forgotten_workspace_is_not_shown_and_its_work_stays()
    {
        var task = OneTask().After([.. Given.InReview("a"), new WorkspaceForgotten("a")]).Tasks["a"];
        Assert.Equal((null, "89abcde"), (task.Workspace, task.Work!.Commit));
    }

    [Fact]
    public void an_event_of_an_attempt_that_never_was_is_a_bug() =>
        Assert.Throws<InvalidOperationException>(() => Working().After(Given.Kept("a", attempt: 2)));

    private static RunView OneTask() => Given.View(Given.Task("a"));

    private static RunView Working() => OneTask().After(Given.Working("a"));

    private static TaskRequeued Requeued(bool countsAsRetry = false) =>
        new("a", TaskReason.Crash, "again", Later, new NextAttempt("go on", true), countsAsRetry);

    private static (RunPhase Phase, RunOutcome? Outcome, DateTimeOffset? At) Ended(RunView view) => (view.Phase, view.Outcome, view.FinishedAt);

    private static (TaskState State, TaskReason? Reason, string? Detail, DateTimeOffset? At) End(RunView view) =>
        (view.Tasks["a"].State, view.Tasks["a"].Reason, view.Tasks["a"].Detail, view.Tasks["a"].EndedAt);

    private static QuestionAnswered AnsweredAfter(TimeSpan wait, int question) =>
        new(new QuestionId(question), new Answer(AnswerDecision.Reply, "That way", "person", Given.Now + wait));
}
