using Cloister.Plans;
using Cloister.Processes;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Runs;

public sealed class ConclusionTests
{
    private static readonly DateTimeOffset End = Given.Now.AddMinutes(1);

    public static TheoryData<string, AgentVerdict, TaskReason?, string?, string> Table => new()
    {
        { "succeeds", AgentVerdict.Succeeded, null, null, "done" },
        { "succeeds although a stop was asked for", AgentVerdict.Succeeded, null, "stop", "done" },
        { "fails for its own reason", AgentVerdict.Failed, TaskReason.Context, null, "failed context" },
        { "fails without one", AgentVerdict.Failed, null, null, "failed crash" },
        { "fails its result's schema", AgentVerdict.Failed, TaskReason.Check, null, "queued check, a retry" },
        { "crashes", AgentVerdict.Crashed, TaskReason.Crash, null, "queued crash in 1 s" },
        { "finds no service", AgentVerdict.Unavailable, TaskReason.Api, null, "queued api in 1 s" },
        { "hits the limit", AgentVerdict.Parked, TaskReason.RateLimit, null, "queued rate_limit in 300 s" },
        { "is not let in", AgentVerdict.Unauthorized, TaskReason.Auth, null, "failed auth" },
        { "is stopped", AgentVerdict.Stopped, TaskReason.User, "stop", "stopped user" },
        { "is paused", AgentVerdict.Stopped, TaskReason.User, "pause", "queued user" },
        { "is paused and resumed", AgentVerdict.Stopped, TaskReason.User, "resume", "queued user" },
        { "is stopped while paused", AgentVerdict.Stopped, TaskReason.User, "pause, stop", "stopped user" },
        { "crashes while it is being stopped", AgentVerdict.Crashed, TaskReason.Crash, "stop", "stopped user" },
        { "crashes while it is being paused", AgentVerdict.Crashed, TaskReason.Crash, "pause", "queued user" },
        { "hits the limit while it is being stopped", AgentVerdict.Parked, TaskReason.RateLimit, "stop", "stopped user" },
        { "is not let in while it is being stopped", AgentVerdict.Unauthorized, TaskReason.Auth, "stop", "failed auth" },
        { "is ended for the budget", AgentVerdict.Stopped, null, "budget", "failed budget" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void an_end_means_for_the_task(string story, AgentVerdict verdict, TaskReason? reason, string? asked, string expected)
    {
        var task = Ended(Given.Outcome(verdict, reason), asked);
        Assert.Equal((story, expected), (story, Words(Conclusion.Of(task, End))));
    }

    [Fact]
    public void changes_wait_for_a_look_unless_nobody_wants_one()
    {
        Assert.True(Success(Ended(Given.Success, null, Given.Kept("a"))).WaitsForReview);
        Assert.False(Success(Ended(Given.Success, null, Given.Kept("a", files: 0))).WaitsForReview);
        Assert.False(Success(Ended(Given.Success, null)).WaitsForReview);
        var unseen = Given.View(Given.Task("a") with { Approve = Approval.Never }).After([.. Given.Working("a"), Given.Ended("a"), Given.Kept("a")]);
        Assert.False(Success(unseen.Tasks["a"]).WaitsForReview);
    }

    [Fact]
    public void the_agents_own_summary_comes_before_its_last_words()
    {
        Assert.Equal("It works", Success(Ended(Given.Success, null)).Summary);
        Assert.Equal("Said so", Success(Ended(Given.Success, null, new AttemptNoted("a", 1, NoteKinds.DeclaredDone, "Said so"))).Summary);
    }

    [Fact]
    public void a_failed_check_is_told_to_the_next_attempt_in_the_same_conversation()
    {
        var requeued = Assert.IsType<TaskRequeued>(Conclusion.Of(Ended(Given.Success, null, Check(1, "3 tests failed")), End));
        Assert.Equal((TaskReason.Check, true, true), (requeued.Reason, requeued.CountsAsRetry, requeued.Next.Resume));
        Assert.Contains("dotnet test (exit code 1)", requeued.Next.Prompt, StringComparison.Ordinal);
        Assert.Contains("3 tests failed", requeued.Next.Prompt, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', requeued.Message);
    }

    [Fact]
    public void a_failed_check_without_a_retry_left_is_the_end()
    {
        var task = Given.View(Given.Task("a") with { Retries = 0 }).After([.. Given.Working("a"), Given.Ended("a"), Check(1, "")]).Tasks["a"];
        Assert.Equal("failed check", Words(Conclusion.Of(task, End)));
    }

    [Fact]
    public void a_check_that_was_cut_off_by_a_stop_says_nothing_about_the_work()
    {
        Assert.Equal("stopped user", Words(Conclusion.Of(Ended(Given.Success, "stop", Check(null, "")), End)));
        Assert.Equal("queued user", Words(Conclusion.Of(Ended(Given.Success, "pause", Check(null, "")), End)));
    }

    [Fact]
    public void a_failed_setup_is_the_end_and_names_the_command()
    {
        var task = Given.View(Given.Task("a")).After(Given.Claimed("a"), Given.Prepared("a"), new SetupFinished("a", 1, new CommandResult("npm ci", 127, 1, ""))).Tasks["a"];
        var failed = Assert.IsType<TaskFailed>(Conclusion.Of(task, End));
        Assert.Equal((TaskReason.Workspace, "setup failed: npm ci (exit code 127)"), (failed.Reason, failed.Message));
    }

    [Fact]
    public void time_that_is_up_during_setup_or_checks_is_a_timeout_and_not_paid_for_again()
    {
        var cut = new CommandResult("npm test", null, 60, "killed") { TimedOut = true };
        var setup = Given.View(Given.Task("a")).After(Given.Claimed("a"), Given.Prepared("a"), new SetupFinished("a", 1, cut)).Tasks["a"];
        Assert.Equal("failed timeout", Words(Conclusion.Of(setup, End)));
        Assert.Equal("failed timeout", Words(Conclusion.Of(Ended(Given.Success, null, new CheckFinished("a", 1, cut)), End)));
    }

    [Fact]
    public void an_outage_ends_with_the_reason_it_had()
    {
        var view = Given.View(Given.Task("a"));
        for (var attempt = 1; attempt < Conclusion.MaxUnavailable; attempt++)
            view = view.After([Given.Claimed("a", attempt, attempt), Given.Ended("a", attempt, Given.Outcome(AgentVerdict.Unavailable)), Again()]);
        view = view.After([Given.Claimed("a", 8, 8), Given.Ended("a", 8, Given.Outcome(AgentVerdict.Unavailable, TaskReason.RateLimit))]);
        Assert.Equal("failed rate_limit", Words(Conclusion.Of(view.Tasks["a"], End)));
    }

    [Theory]
    [InlineData(AgentVerdict.Crashed, null)]
    [InlineData(AgentVerdict.Unavailable, null)]
    [InlineData(AgentVerdict.Parked, null)]
    [InlineData(AgentVerdict.Stopped, "pause")]
    public void a_conversation_that_is_gone_is_told_the_whole_task_again(AgentVerdict verdict, string? asked)
    {
        var begun = Ended(Given.Outcome(verdict, resumable: false), asked);
        Assert.StartsWith("Do a\n\n", Next(begun).Prompt, StringComparison.Ordinal);
        Assert.False(Next(begun).Resume);

        // Also when the conversation that was lost was already the continuation of another.
        var resumed = Given.View(Given.Task("a")).After([.. Given.Working("a"), Given.Ended("a", outcome: Given.Outcome(AgentVerdict.Crashed)), Again()])
            .After(Given.Claimed("a", 2, 2) with { Resume = true, Prompt = Conclusion.GoOn }, Given.Started("a", 2))
            .After(Asked(asked)).After(Given.Ended("a", 2, Given.Outcome(verdict, resumable: false)));
        Assert.StartsWith("Do a\n\n", Next(resumed.Tasks["a"]).Prompt, StringComparison.Ordinal);
    }

    [Fact]
    public void repeated_losses_do_not_make_the_prompt_grow()
    {
        var first = Next(Ended(Given.Outcome(AgentVerdict.Crashed, resumable: false), null)).Prompt!;
        var second = Given.View(Given.Task("a")).After(Given.Claimed("a") with { Prompt = first }, Given.Ended("a", outcome: Given.Outcome(AgentVerdict.Crashed, resumable: false)));
        Assert.Equal(first, Next(second.Tasks["a"]).Prompt);
    }

    [Fact]
    public void a_task_that_eats_processes_is_given_up()
    {
        var view = Given.View(Given.Task("a"));
        for (var attempt = 1; attempt <= Conclusion.MaxCrashes; attempt++)
        {
            view = view.After([Given.Claimed("a", attempt, attempt), Given.Ended("a", attempt, Given.Outcome(AgentVerdict.Crashed))]);
            var requeued = Assert.IsType<TaskRequeued>(Conclusion.Of(view.Tasks["a"], End));
            Assert.Equal(End + Conclusion.Backoff(attempt), requeued.NotBefore);
            view = view.After(requeued);
        }
        var last = view.After([Given.Claimed("a", 4, 4), Turn(4), Given.Ended("a", 4, Given.Outcome(AgentVerdict.Crashed))]).Tasks["a"];
        Assert.Equal("failed crash", Words(Conclusion.Of(last, End)));
        Assert.Equal("queued crash in 1 s", Words(Conclusion.Of(last, End + Conclusion.CrashWindow)));
    }

    [Fact]
    public void attempts_that_never_got_an_answer_are_given_up_however_slowly_they_die()
    {
        var view = Given.View(Given.Task("a"));
        for (var attempt = 1; attempt <= Conclusion.MaxCrashes; attempt++)
        {
            view = view.After([Given.Claimed("a", attempt, attempt), Given.Ended("a", attempt, Given.Outcome(AgentVerdict.Crashed))]);
            view = view.After(Assert.IsType<TaskRequeued>(Conclusion.Of(view.Tasks["a"], End.AddHours(attempt))));
        }
        var another = view.After([Given.Claimed("a", 4, 4), Given.Ended("a", 4, Given.Outcome(AgentVerdict.Crashed))]).Tasks["a"];
        Assert.Equal("failed crash", Words(Conclusion.Of(another, End.AddHours(5))));
    }

    private static AttemptAdvanced Turn(int attempt) => new("a", attempt, 10, new UsageSnapshot(default, 0, 0, 0, 1), null, Given.Now);

    [Fact]
    public void an_outage_is_waited_for_longer_and_longer_and_then_given_up_until_somebody_retries()
    {
        var view = Given.View(Given.Task("a"));
        for (var attempt = 1; attempt < Conclusion.MaxUnavailable; attempt++)
            view = view.After([Given.Claimed("a", attempt, attempt), Given.Ended("a", attempt, Given.Outcome(AgentVerdict.Unavailable)), Again()]);
        view = view.After([Given.Claimed("a", 8, 8), Given.Ended("a", 8, Given.Outcome(AgentVerdict.Unavailable))]);
        Assert.Equal("failed api", Words(Conclusion.Of(view.Tasks["a"], End)));

        var retried = view.After(new TaskFailed("a", TaskReason.Api, "", End), new TaskRetried("a", new NextAttempt(null, true), null, null, End))
            .After(Given.Claimed("a", 9, 9) with { At = End }, Given.Ended("a", 9, Given.Outcome(AgentVerdict.Unavailable)));
        Assert.Equal("queued api in 1 s", Words(Conclusion.Of(retried.Tasks["a"], End)));
    }

    [Fact]
    public void waiting_for_a_usage_limit_uses_up_no_attempt()
    {
        var view = Given.View(Given.Task("a"));
        for (var attempt = 1; attempt <= Conclusion.MaxAttempts * 2; attempt++)
            view = view.After([Given.Claimed("a", attempt, attempt), Given.Ended("a", attempt, Given.Outcome(AgentVerdict.Parked)), Again()]);
        var last = Conclusion.MaxAttempts * 2 + 1;
        view = view.After([Given.Claimed("a", last, last), Given.Ended("a", last), new CheckFinished("a", last, new CommandResult("dotnet test", 1, 1, ""))]);
        Assert.Equal("queued check, a retry", Words(Conclusion.Of(view.Tasks["a"], End)));
    }

    [Fact]
    public void ten_attempts_are_enough()
    {
        var view = Given.View(Given.Task("a") with { Retries = 99 });
        for (var attempt = 1; attempt < Conclusion.MaxAttempts; attempt++)
            view = view.After([Given.Claimed("a", attempt, attempt), Given.Ended("a", attempt), Again()]);
        view = view.After([Given.Claimed("a", 10, 10), Given.Ended("a", 10), new CheckFinished("a", 10, new CommandResult("dotnet test", 1, 1, ""))]);
        Assert.Equal("failed check", Words(Conclusion.Of(view.Tasks["a"], End)));
    }

    [Fact]
    public void a_parked_task_waits_for_the_reset_the_service_named()
    {
        var reset = End.AddHours(2);
        var requeued = Assert.IsType<TaskRequeued>(Conclusion.Of(Ended(Given.Outcome(AgentVerdict.Parked) with { ResetsAt = reset }, null), End));
        Assert.Equal(reset, requeued.NotBefore);
    }

    [Fact]
    public void every_conclusion_is_one_the_table_of_states_allows()
    {
        foreach (var verdict in Enum.GetValues<AgentVerdict>())
        {
            foreach (var cause in (StopCause?[])[null, .. Enum.GetValues<StopCause>().Cast<StopCause?>()])
            {
                foreach (var began in (RunEvent[][])[[], [Given.Started("a")], [Given.Started("a"), Given.Asked("a")], [Given.Asked("a")]])
                {
                    var view = Given.View(Given.Task("a")).After([Given.Claimed("a"), .. began, .. cause is { } c ? [new TaskStopRequested("a", c)] : Array.Empty<RunEvent>(), Given.Ended("a", outcome: Given.Outcome(verdict))]);
                    Assert.NotEqual(TaskState.NeedsInput, view.After(Conclusion.Of(view.Tasks["a"], End)).Tasks["a"].State);
                }
            }
        }
    }

    private static TaskView Ended(AgentOutcome outcome, string? asked, params RunEvent[] then) =>
        Given.View(Given.Task("a")).After([.. Given.Working("a"), .. Asked(asked), Given.Ended("a", outcome: outcome), .. then]).Tasks["a"];

    private static RunEvent[] Asked(string? words) => words switch
    {
        null => [],
        "pause" => [new TaskPaused("a"), new TaskStopRequested("a", StopCause.User)],
        "resume" => [.. Asked("pause"), new TaskResumed("a")],
        "pause, stop" => [.. Asked("pause"), new TaskResumed("a"), new TaskStopRequested("a", StopCause.User)],
        "stop" => [new TaskResumed("a"), new TaskStopRequested("a", StopCause.User)],
        _ => [new TaskStopRequested("a", Enum.Parse<StopCause>(words, ignoreCase: true))],
    };

    private static string Words(TaskEvent conclusion) => conclusion switch
    {
        TaskSucceeded succeeded => succeeded.WaitsForReview ? "review" : "done",
        TaskFailed failed => $"failed {Cloister.Storage.JournalJson.Word(failed.Reason)}",
        TaskStopped stopped => $"stopped {Cloister.Storage.JournalJson.Word(stopped.Reason)}",
        TaskRequeued queued => $"queued {Cloister.Storage.JournalJson.Word(queued.Reason!.Value)}{Wait(queued)}{(queued.CountsAsRetry ? ", a retry" : "")}",
        _ => throw new InvalidOperationException(conclusion.GetType().Name),
    };

    private static string Wait(TaskRequeued queued)
    {
        // One test asks long after the end; its wait is measured from when it asked.
        var asked = queued.NotBefore > End + Conclusion.CrashWindow ? End + Conclusion.CrashWindow : End;
        return queued.NotBefore > asked ? $" in {(queued.NotBefore.Value - asked).TotalSeconds:0} s" : "";
    }

    private static TaskSucceeded Success(TaskView task) => Assert.IsType<TaskSucceeded>(Conclusion.Of(task, End));

    private static NextAttempt Next(TaskView task) => Assert.IsType<TaskRequeued>(Conclusion.Of(task, End)).Next;

    private static CheckFinished Check(int? exitCode, string output) => new("a", 1, new CommandResult("dotnet test", exitCode, 1, output));

    private static TaskRequeued Again() => new("a", TaskReason.Crash, "again", null, new NextAttempt(Conclusion.GoOn, true), CountsAsRetry: false);
}
