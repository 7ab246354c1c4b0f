using Cloister.Plans;
using Cloister.Runs;
using Cloister.Runs.Projection;
using Cloister.Runs.Prompts;
using Cloister.SessionFiles;

namespace Cloister.Tests.Runs;

public sealed class SessionThreadTests
{
    private static readonly SessionSettings Shared = SessionSettings.Standard with { Name = "s" };

    [Fact]
    public void a_task_without_a_name_is_a_session_by_itself()
    {
        var view = Given.View(Given.Task("a"), Given.Task("b") with { Session = Shared });
        Assert.Equal(["r1-a", "s"], view.TasksInOrder.Select(task => SessionThread.NameOf(view.Id, task.Definition)));
        Assert.Equal(["a"], SessionThread.TasksOf(view, view.Tasks["a"]).Select(task => task.Definition.Id));
        Assert.Equal("r1-a/attempts/1", SessionThread.NextFolder(view, view.Tasks["a"]));
    }

    [Fact]
    public void a_session_is_busy_while_one_of_its_other_tasks_is_at_work()
    {
        var view = Two(Shared).After(Given.Working("a"));
        Assert.True(SessionThread.IsBusy(view, view.Tasks["b"]));
        Assert.False(SessionThread.IsBusy(view, view.Tasks["a"]));
        Assert.Equal("s/attempts/2", SessionThread.NextFolder(view, view.Tasks["b"]));
    }

    [Theory]
    [InlineData(ContextPreservation.Session, true)]
    [InlineData(ContextPreservation.Task, false)]
    [InlineData(ContextPreservation.None, false)]
    public void only_a_preserved_conversation_goes_on(ContextPreservation preserve, bool goesOn)
    {
        var view = Two(Shared with { Preserve = preserve }).After(Given.Done("a"));
        Assert.Equal(goesOn, SessionThread.ConversationFor(view, view.Tasks["b"]) is not null);
    }

    [Fact]
    public void a_conversation_that_is_gone_does_not_go_on()
    {
        var view = Two(Shared).After([.. Given.Working("a"), Given.Ended("a", outcome: Given.Success with { Resumable = false })]);
        Assert.Null(SessionThread.ConversationFor(view, view.Tasks["b"]));
    }

    [Theory]
    [InlineData(ExecutionMode.Subagent, ExecutionMode.Isolated)]
    [InlineData(ExecutionMode.Isolated, ExecutionMode.Subagent)]
    public void the_conversation_around_a_subagent_does_not_go_on_and_a_fresh_one_is_told_what_was_achieved(ExecutionMode first, ExecutionMode second)
    {
        var view = Given.View(Given.Task("a") with { Session = Shared with { Mode = first } }, Given.Task("b") with { Session = Shared with { Mode = second } })
            .After(Given.Done("a")).After(Given.Working("b"));
        Assert.Null(SessionThread.ConversationFor(view, view.Tasks["b"] with { Attempts = [] }));
        Assert.Equal(["a"], AgentBriefing.Of(view, view.Tasks["b"], view.Tasks["b"].Attempt!, "").EarlierTasks.Select(told => told.Id));
    }

    [Theory]
    [InlineData(ExecutionMode.Subagent, false)]
    [InlineData(ExecutionMode.Isolated, true)]
    public void whoever_comes_after_a_subagent_hears_the_whole_task(ExecutionMode mode, bool resumes)
    {
        RunEvent[] crashed = [.. Given.Working("a"), Given.Ended("a"), new TaskRequeued("a", TaskReason.Crash, "x", Given.Now, new NextAttempt(Conclusion.GoOn, Resume: true), CountsAsRetry: false)];
        var view = Given.View(Given.Task("a") with { Session = SessionSettings.Standard with { Mode = mode } }).After(crashed);
        var fence = view.Fence;
        var next = (AttemptClaimed)Assert.Single(Realisation.Of(view, new StartTask("a"), Given.Now, ref fence));
        Assert.Equal((resumes, !resumes), (next.Resume, next.Prompt.StartsWith(view.Tasks["a"].Attempt!.Prompt, StringComparison.Ordinal)));
        Assert.EndsWith(Conclusion.GoOn, next.Prompt, StringComparison.Ordinal);
    }

    [Fact]
    public void the_next_task_works_where_the_one_before_it_has_worked_and_on_what_it_left()
    {
        var view = Two(Shared).After(Given.InReview("a"));
        var workspace = SessionThread.SharedWorkspace(view, view.Tasks["b"])!;
        Assert.Equal(("/work/a", new TaskRef(Given.Run, "a"), "89abcde"), (workspace.Path, workspace.Owner, workspace.BaseCommit));
        Assert.True(SessionThread.WantsWorkspace(view, view.Tasks["a"]));
    }

    [Theory]
    [InlineData(IsolationLevel.SharedContext, "/work/a")]
    [InlineData(IsolationLevel.Partial, null)]
    [InlineData(IsolationLevel.Full, null)]
    public void only_who_shares_the_context_works_where_its_parent_does(IsolationLevel isolation, string? path)
    {
        var view = Given.View(Given.Task("a"), Given.Task("b") with { Parent = "a", Session = SessionSettings.Standard with { Isolation = isolation } }).After(Given.InReview("a"));
        Assert.Equal(path, SessionThread.SharedWorkspace(view, view.Tasks["b"])?.Path);
    }

    [Fact]
    public void a_session_that_takes_more_waits_and_one_that_does_not_is_completed()
    {
        var view = Two(Shared).After(DoneInShared("a", 1));
        Assert.Equal((SessionStatus.Waiting, true), SessionFacts.Of(view, "s") is var waits ? (waits.Status, waits.IsAlive) : default);
        var over = view.After(DoneInShared("b", 2));
        Assert.Equal((SessionStatus.Completed, false), SessionFacts.Of(over, "s") is var ended ? (ended.Status, ended.IsAlive) : default);
    }

    [Fact]
    public void a_session_that_never_had_a_task_waits_until_it_is_closed()
    {
        var view = Given.View(Given.Task("a")).After(new SessionOpened(new NamedSession("s", "coder", Shared, null, []), Given.Coder, Given.Now));
        Assert.Equal((SessionStatus.Waiting, true, null), SessionFacts.Of(view, "s") is var waits ? (waits.Status, waits.IsAlive, waits.CompletedAt) : default);
        var closed = SessionFacts.Of(view.After(new SessionClosed("s", Given.Now.AddMinutes(1))), "s");
        Assert.Equal((SessionStatus.Completed, false, Given.Now.AddMinutes(1)), (closed.Status, closed.IsAlive, closed.CompletedAt));
    }

    [Fact]
    public void a_session_whose_task_went_on_elsewhere_says_how_it_went_there()
    {
        RunEvent[] elsewhere =
        [
            .. Given.Failed("a", TaskReason.Timeout), new TaskHandedOut("a", null, Given.Now), new TaskReleased("a", Given.Task("a") with { Session = Shared }, null, Given.Now),
            Given.Claimed("a", 2, 2) with { Folder = "s/attempts/1" }, Given.Started("a", 2),
        ];
        var view = RunFold.Open(Given.Accepted(Given.Plan(Given.Task("a")))).After(elsewhere);
        Assert.Equal(
            [("r1-a", SessionStatus.Timeout, false), ("s", SessionStatus.Running, true)],
            SessionFacts.NamesIn(view).Select(name => SessionFacts.Of(view, name)).Select(facts => (facts.Name, facts.Status, facts.IsAlive)));
    }

    private static RunEvent[] DoneInShared(string task, int number) =>
    [
        Given.Claimed(task, fence: number) with { Folder = $"s/attempts/{number}" }, Given.Started(task), Given.Ended(task),
        new TaskSucceeded(task, WaitsForReview: false, "", null, Given.Now),
    ];

    private static RunView Two(SessionSettings settings) => Given.View(Given.Task("a") with { Session = settings }, Given.Task("b") with { Session = settings });
}
