using Cloister.Plans;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Tests.Runs;

public sealed class CommandsTests
{
    private static readonly DateTimeOffset Later = Given.Now.AddHours(1);
    private static readonly RetryCommand Retry = new(Clean: false, Agent: null, Model: null, Text: null);

    [Fact]
    public void pause_of_a_run_holds_it_and_interrupts_what_works()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b")).After(Given.Working("a"));
        Decides(view, null, new PauseCommand(), new RunPaused(), new TaskPaused("a"), new TaskStopRequested("a", StopCause.User));
    }

    [Fact]
    public void pause_of_a_task_holds_only_it()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b")).After(Given.Working("a"));
        Decides(view, "a", new PauseCommand(), new TaskPaused("a"), new TaskStopRequested("a", StopCause.User));
        Decides(view, "b", new PauseCommand(), new TaskPaused("b"));
    }

    [Fact]
    public void pause_has_something_to_pause()
    {
        Refuses("run.finished", Given.View(Given.Task("a")).After([.. Given.Done("a"), new RunFinished(RunOutcome.Succeeded, Later)]), null, new PauseCommand());
        Refuses("task.state", Given.View(Given.Task("a"), Given.Task("b")).After(Given.Done("a")), "a", new PauseCommand());
        Refuses("task.state", Given.View(Given.Task("a")).After(new TaskPaused("a")), "a", new PauseCommand());
    }

    [Fact]
    public void resume_lets_go_of_what_was_paused_and_starts_what_was_stopped()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b"), Given.Task("c")).After(new RunPaused(), new TaskPaused("a"), Stopped("b"));
        Decides(view, null, new ResumeCommand(), new RunResumed(), new TaskResumed("a"), Again("b"));
        Decides(view, "a", new ResumeCommand(), new TaskResumed("a"));
        Decides(view, "b", new ResumeCommand(), Again("b"));
    }

    [Fact]
    public void resume_of_a_task_that_was_paused_and_then_stopped_starts_it()
    {
        var view = Given.View(Given.Task("a")).After(new TaskPaused("a"), Stopped("a"));
        Decides(view, "a", new ResumeCommand(), Again("a"));
    }

    [Fact]
    public void resume_also_wakes_what_was_skipped_because_of_the_stop()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b", "a")).After(Stopped("a"), new TaskSkipped("b", TaskReason.Dependency, "", Given.Now));
        Decides(view, "a", new ResumeCommand(), Again("a"), Again("b"));
    }

    [Fact]
    public void resume_has_something_to_resume() => Refuses("task.state", Given.View(Given.Task("a")), "a", new ResumeCommand());

    [Fact]
    public void stop_ends_what_waits_at_once_and_asks_what_works()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b"), Given.Task("c")).After([.. Given.Working("a"), .. Given.Done("c")]);
        Decides(view, null, new StopCommand(), new TaskResumed("a"), new TaskStopRequested("a", StopCause.User), new TaskStopped("b", TaskReason.User, "stopped before it started", Later));
    }

    [Theory]
    [InlineData(StopCause.User)]
    [InlineData(StopCause.Budget)]
    public void stop_is_not_asked_twice(StopCause before)
    {
        var view = Given.View(Given.Task("a")).After([.. Given.Working("a"), new TaskStopRequested("a", before)]);
        Assert.Empty(Commands.Decide(view, "a", new StopCommand(), Later));
    }

    [Fact]
    public void stop_in_the_middle_of_a_pause_stops()
    {
        var pausing = Given.View(Given.Task("a")).After(Given.Working("a"));
        pausing = pausing.After(Commands.Decide(pausing, "a", new PauseCommand(), Later));
        Decides(pausing, "a", new StopCommand(), new TaskResumed("a"), new TaskStopRequested("a", StopCause.User));
    }

    [Fact]
    public void the_last_of_several_hasty_commands_counts()
    {
        Assert.Equal(TaskState.Queued, AfterCommands(new PauseCommand(), new ResumeCommand()));
        Assert.Equal(TaskState.Stopped, AfterCommands(new PauseCommand(), new StopCommand()));
        Assert.Equal(TaskState.Stopped, AfterCommands(new PauseCommand(), new ResumeCommand(), new StopCommand()));
        Assert.Equal(TaskState.Queued, AfterCommands(new PauseCommand(), new ResumeCommand(), new PauseCommand()));
        Assert.Equal(TaskState.Queued, AfterCommands(new StopCommand(), new PauseCommand()));
    }

    [Fact]
    public void stop_has_something_to_stop() => Refuses("task.state", Given.View(Given.Task("a")).After(Given.Done("a")), null, new StopCommand());

    [Fact]
    public void retry_of_a_run_takes_what_failed_or_was_stopped_and_what_waited_for_it()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b", "a"), Given.Task("c", "b"), Given.Task("d"), Given.Task("e"))
            .After([.. Given.Failed("a"), Skipped("b"), Skipped("c"), .. Given.Done("d"), Stopped("e")]);
        Decides(view, null, Retry, GoesOn("a"), Again("e"), Again("b"), Again("c"));
        Decides(view, "a", Retry, GoesOn("a"), Again("b"), Again("c"));
    }

    [Fact]
    public void retry_begins_as_it_is_told()
    {
        var view = Given.View(Given.Task("a")).After(Given.Failed("a"));
        Decides(view, "a", Retry with { Text = "try left" }, new TaskRetried("a", new NextAttempt("try left", Resume: true), null, null, Later));
        Decides(view, "a", Retry with { Clean = true, Text = "try left" }, new TaskRetried("a", new NextAttempt(null, Resume: false, FromBase: true, "try left"), null, null, Later));
        Decides(view, "a", Retry with { Agent = "coder", Model = "opus" }, new TaskRetried("a", new NextAttempt(null, Resume: false), "coder", "opus", Later));
    }

    [Fact]
    public void a_conversation_that_is_gone_or_full_is_not_resumed_by_a_retry()
    {
        var gone = Given.View(Given.Task("a")).After([.. Given.Working("a"), Given.Ended("a", outcome: Given.Outcome(AgentVerdict.Failed, TaskReason.Crash, resumable: false)), Failed("a", TaskReason.Crash)]);
        Decides(gone, "a", Retry, Again("a"));
        Decides(Given.View(Given.Task("a")).After(Given.Failed("a", TaskReason.Context)), "a", Retry, Again("a"));
    }

    [Fact]
    public void retry_of_a_matrix_is_the_retry_of_its_failed_copies()
    {
        var view = Given.View(Given.Task("m") with { Matrix = [new MatrixAxis("os", ["linux", "mac"], null)] }, Given.Task("z", "m"));
        view = view.After(new MatrixExpanded("m", MatrixExpansion.Expand(view.Tasks["m"].Definition, RunScope.Of(view, view.Tasks["m"]))))
            .After([.. Given.Done("m.1"), .. Given.Failed("m.2"), Failed("m", TaskReason.Dependency), Skipped("z")]);
        TaskRetried[] expected = [GoesOn("m.2"), Again("m"), Again("z")];
        Decides(view, "m", Retry, expected);
        Decides(view, "m.2", Retry, expected);
        Decides(view, null, Retry, expected);
    }

    [Fact]
    public void stop_of_a_matrix_is_the_stop_of_its_copies()
    {
        var view = Given.View(Given.Task("m") with { Matrix = [new MatrixAxis("os", ["linux", "mac"], null)] });
        view = view.After(new MatrixExpanded("m", MatrixExpansion.Expand(view.Tasks["m"].Definition, RunScope.Of(view, view.Tasks["m"])))).After(Given.Working("m.1"));
        Assert.Equal(
            ["TaskStopped m", "TaskResumed m.1", "TaskStopRequested m.1", "TaskStopped m.2"],
            Commands.Decide(view, "m", new StopCommand(), Later).Cast<TaskEvent>().Select(e => $"{e.GetType().Name} {e.Task}"));
    }

    [Fact]
    public void retry_is_refused_where_it_means_nothing()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b")).After(Given.Working("a"));
        Refuses("task.state", view, null, Retry);
        Refuses("task.state", view, "a", Retry);
        Refuses("task.state", view, "b", Retry);
        Refuses("task.state", view.After(Given.InReview("b")).After(new TaskMerged("b", "abc", "x", Later)), "b", Retry);
        Refuses("agent.unknown", view.After(Given.Failed("b")), "b", Retry with { Agent = "nobody" });
        var guest = Given.View(Given.Task("a"), Given.Task("b")).After([.. Given.Failed("a"), Given.Claimed("b", fence: 2)])
            .After(new WorkspacePrepared("b", 1, Given.Prepared("a").Workspace with { Owner = new TaskRef(Given.Run, "a") }))
            .After(Given.Started("b"), Given.Ended("b"), new TaskSucceeded("b", WaitsForReview: true, "done", null, Later));
        Refuses("workspace.shared", guest, "b", Retry with { Clean = true });
        Refuses("task.unknown", view, "nothing", Retry);
    }

    [Fact]
    public void extend_reaches_the_task_or_what_has_not_ended()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b"), Given.Task("c")).After(Given.Done("c"));
        var more = TimeSpan.FromMinutes(15);
        Decides(view, "a", new ExtendCommand(more, 2), new TaskExtended("a", more, 2));
        var keyed = new ExtendCommand(more, null) { Key = "k" };
        Decides(view, "a", keyed, new TaskExtended("a", more, null) { Key = "k" });
        var once = view.After(new TaskExtended("a", more, null) { Key = "k" });
        Decides(once, "a", keyed);
        Decides(once, null, keyed, new TaskExtended("b", more, null) { Key = "k" });
        Decides(once, "a", keyed with { Key = "other" }, new TaskExtended("a", more, null) { Key = "other" });
        Decides(view, null, new ExtendCommand(more, 2), new RunExtended(2), new TaskExtended("a", more, null), new TaskExtended("b", more, null));
    }

    [Fact]
    public void turns_are_granted_where_they_are_limited()
    {
        var view = Given.View(Given.Task("a") with { MaxTurns = 5 }, Given.Task("b"));
        Decides(view, "a", new ExtendCommand(null, null, 10), new TaskExtended("a", null, null, 10));
        Assert.Equal(10, view.After(new TaskExtended("a", null, null, 7), new TaskExtended("a", null, null, 3)).Tasks["a"].MoreTurns);
        Refuses("extend.unlimited", view, "b", new ExtendCommand(null, null, 10));
        Refuses("extend.range", view, "a", new ExtendCommand(null, null, 0));
    }

    [Fact]
    public void a_retry_by_an_agent_the_run_did_not_know_brings_its_definition()
    {
        var view = Given.View(Given.Task("a")).After(Given.Failed("a"));
        var newcomer = view.Agents.Values.First() with { Name = "stranger" };

        var events = Commands.Decide(view, "a", Retry with { Agent = "stranger" }, Later, newcomer);
        var after = view.After(events);

        Assert.Equal((newcomer, "stranger"), (after.Agents["stranger"], after.Tasks["a"].AgentOverride));
        Assert.Equal(newcomer.Name, Assert.IsType<TaskRetried>(Assert.Single(events)).Newcomer?.Name);
    }

    [Theory]
    [InlineData(null, null, "extend.nothing")]
    [InlineData(0, null, "extend.range")]
    [InlineData(-5, null, "extend.range")]
    [InlineData(null, 0.0, "extend.range")]
    [InlineData(5, -1.0, "extend.range")]
    public void an_extension_is_more_than_nothing(int? minutes, double? usd, string code) =>
        Refuses(code, Given.View(Given.Task("a")), "a", new ExtendCommand(minutes is { } m ? TimeSpan.FromMinutes(m) : null, (decimal?)usd));

    [Fact]
    public void send_finds_the_only_one_who_listens_and_says_a_thing_once()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b")).After(Given.Working("a"));
        var queued = new MessageQueued("a", "k", "hello", Later);
        Decides(view, null, new SendCommand("k", "hello"), queued);
        Decides(view, "a", new SendCommand("k", "hello"), queued);
        Decides(view.After(queued), "a", new SendCommand("k", "hello"));
    }

    [Fact]
    public void send_is_refused_where_nobody_hears_it()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b")).After(Given.Working("a"));
        Refuses("task.state", view, "b", new SendCommand("k", "hello"));
        Refuses("send.which", view.After(Given.Working("b", fence: 2)), null, new SendCommand("k", "hello"));
        Refuses("send.size", view, "a", new SendCommand("k", " "));
        Refuses("send.size", view, "a", new SendCommand("k", new string('x', 512 * 1024 + 1)));
        Refuses("send.too_many", view.After(Enumerable.Range(0, 100).Select(i => new MessageQueued("a", $"{i}", "x", Later))), "a", new SendCommand("k", "hello"));
    }

    [Fact]
    public void an_answer_is_a_text_or_the_number_of_an_option()
    {
        var view = Waiting(QuestionKind.Question, "left", "right");
        Answers(view, new AnswerQuestion(AnswerDecision.Reply, "2"), new Answer(AnswerDecision.Reply, "right", "person", Later));
        foreach (var number in (string[])["0", "3", "-1", " 7"])
            RefusesAnswer("question.option", view, new AnswerQuestion(AnswerDecision.Reply, number));
        Answers(view, new AnswerQuestion(AnswerDecision.Reply, "3 times"), new Answer(AnswerDecision.Reply, "3 times", "person", Later));
        Answers(Waiting(QuestionKind.Question), new AnswerQuestion(AnswerDecision.Reply, "3"), new Answer(AnswerDecision.Reply, "3", "person", Later));
        Answers(Waiting(QuestionKind.Question, "8080", "9090"), new AnswerQuestion(AnswerDecision.Reply, "9090"), new Answer(AnswerDecision.Reply, "9090", "person", Later));
        Answers(view, new AnswerQuestion(AnswerDecision.Reply, "straight on"), new Answer(AnswerDecision.Reply, "straight on", "person", Later));
    }

    [Theory]
    [InlineData(QuestionKind.Permission)]
    [InlineData(QuestionKind.Plan)]
    public void a_permission_is_allowed_or_denied(QuestionKind kind)
    {
        var view = Waiting(kind);
        Answers(view, new AnswerQuestion(AnswerDecision.Allow, null), new Answer(AnswerDecision.Allow, null, "person", Later));
        Answers(view, new AnswerQuestion(AnswerDecision.Deny, "no"), new Answer(AnswerDecision.Deny, "no", "person", Later));
        RefusesAnswer("question.decision", view, new AnswerQuestion(AnswerDecision.Reply, "yes"));
        RefusesAnswer("question.decision", view, new AnswerQuestion(AnswerDecision.Withdrawn, null));
    }

    [Fact]
    public void an_approval_may_change_what_was_asked()
    {
        var permission = Waiting(QuestionKind.Permission);
        var changed = """{"command":"ls"}""";
        Answers(permission, new AnswerQuestion(AnswerDecision.Allow, changed), new Answer(AnswerDecision.Allow, changed, "person", Later));
        foreach (var wrong in (string[])["ls", "[]", "", "{"])
            RefusesAnswer("question.edit", permission, new AnswerQuestion(AnswerDecision.Allow, wrong));
        Answers(Waiting(QuestionKind.Plan), new AnswerQuestion(AnswerDecision.Allow, "1. less"), new Answer(AnswerDecision.Allow, "1. less", "person", Later));
        RefusesAnswer("question.edit", Waiting(QuestionKind.Plan), new AnswerQuestion(AnswerDecision.Allow, " "));
    }

    [Fact]
    public void a_rule_comes_with_an_approval_only()
    {
        var view = Waiting(QuestionKind.Permission);
        Assert.Equal(
            [new RuleGranted("Bash(ls)", "person"), new QuestionAnswered(new(1), new Answer(AnswerDecision.Allow, null, "person", Later))],
            Commands.Answer(view, new(1), new AnswerQuestion(AnswerDecision.Allow, null, "Bash(ls)"), Later));
        RefusesAnswer("question.rule", view, new AnswerQuestion(AnswerDecision.Deny, null, "Bash(ls)"));
        RefusesAnswer("question.rule", Waiting(QuestionKind.Question), new AnswerQuestion(AnswerDecision.Reply, "x", "Bash(ls)"));
    }

    [Fact]
    public void an_answer_is_refused_where_nobody_waits_for_it()
    {
        var view = Waiting(QuestionKind.Question);
        RefusesAnswer("question.text", view, new AnswerQuestion(AnswerDecision.Allow, null));
        RefusesAnswer("question.empty", view, new AnswerQuestion(AnswerDecision.Reply, " "));
        RefusesAnswer("question.unknown", Given.View(Given.Task("a")), new AnswerQuestion(AnswerDecision.Reply, "x"));
        RefusesAnswer("question.answered", view.After(Given.Answered()), new AnswerQuestion(AnswerDecision.Reply, "x"));
        RefusesAnswer("question.withdrawn", view.After(Given.Ended("a")), new AnswerQuestion(AnswerDecision.Reply, "x"));
    }

    private static void Decides(RunView view, string? task, RunCommand command, params RunEvent[] expected)
    {
        var events = Commands.Decide(view, task, command, Later);
        Assert.Equal(expected, events);
        Assert.Equal(view.Position + expected.Length, view.After(events).Position);
    }

    private static void Refuses(string code, RunView view, string? task, RunCommand command) => IsRefusal(code, () => Commands.Decide(view, task, command, Later));

    private static void Answers(RunView view, AnswerQuestion request, Answer answer) =>
        Assert.Equal([new QuestionAnswered(new(1), answer)], Commands.Answer(view, new(1), request, Later));

    private static void RefusesAnswer(string code, RunView view, AnswerQuestion request) => IsRefusal(code, () => Commands.Answer(view, new(1), request, Later));

    private static void IsRefusal(string code, Action command)
    {
        var refusal = Assert.Throws<CloisterException>(command);
        Assert.Equal(code, refusal.Code);
        Assert.False(string.IsNullOrEmpty(refusal.Hint));
    }

    private static TaskState AfterCommands(params RunCommand[] commands)
    {
        var view = commands.Aggregate(Given.View(Given.Task("a")).After(Given.Working("a")), (run, command) => run.After(Commands.Decide(run, "a", command, Later)));
        view = view.After(Given.Ended("a", outcome: Given.Outcome(AgentVerdict.Stopped, TaskReason.User)));
        view = view.After(Conclusion.Of(view.Tasks["a"], Later));
        return view.Tasks["a"].State;
    }

    private static RunView Waiting(QuestionKind kind, params string[] options) =>
        Given.View(Given.Task("a")).After([.. Given.Working("a"), Given.Asked("a", kind: kind, options: options)]);

    private static TaskRetried Again(string task) => new(task, new NextAttempt(null, Resume: false), null, null, Later);

    private static TaskRetried GoesOn(string task) => new(task, new NextAttempt(Conclusion.GoOn, Resume: true), null, null, Later);

    private static TaskStopped Stopped(string task) => new(task, TaskReason.User, "stopped before it started", Given.Now);

    private static TaskSkipped Skipped(string task) => new(task, TaskReason.Dependency, "", Given.Now);

    private static TaskFailed Failed(string task, TaskReason reason) => new(task, reason, "", Given.Now);
}
