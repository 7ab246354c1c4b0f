using Cloister.Agents;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Runs.Boards;

namespace Cloister.Tests.Runs.Boards;

public sealed class BoardDecisionsTests
{
    private static readonly Dictionary<string, AgentDefinition> NoAgents = new(StringComparer.Ordinal);

    private static readonly NamedSession Backend = new("backend", "coder", SessionSettings.Standard with { Name = "backend" }, null, []);

    [Fact]
    public void tasks_are_added_once_for_a_key()
    {
        var view = Board("a");
        var add = new AddTasksCommand("key", [Given.Task("b", "a"), Given.Task("c", "b")]);
        var added = BoardDecisions.Add(view, add, NoAgents, Given.Now);
        Assert.Equal(["b", "c"], added.Cast<TaskAdded>().Select(one => one.Task));
        Assert.Empty(BoardDecisions.Add(view.After(added), add, NoAgents, Given.Now));
        Assert.Equal(["a", "b", "c"], view.After(added).Order);
    }

    [Theory]
    [InlineData("a", "", "task.exists")]
    [InlineData("b", "none", "task.unknown")]
    [InlineData("b", "b", "task.cycle")]
    public void what_cannot_be_added_is_refused(string id, string need, string code)
    {
        var add = new AddTasksCommand("key", [Given.Task(id, need.Length == 0 ? [] : [need])]);
        Assert.Equal(code, Refusal(() => BoardDecisions.Add(Board("a"), add, NoAgents, Given.Now)));
    }

    [Fact]
    public void a_planned_task_is_released_once_and_as_it_is_wanted_now()
    {
        var view = Board("a");
        var release = new ReleaseCommand { Model = "haiku", Timeout = TimeSpan.FromMinutes(5), AllowWrites = true };
        var released = (TaskReleased)Assert.Single(BoardDecisions.Release(view, "a", release, newcomer: null, Given.Now));
        Assert.Equal(view.Tasks["a"].Definition with { Model = "haiku", Timeout = TimeSpan.FromMinutes(5), AllowWrites = true }, released.Definition);
        Assert.Equal("task.state", Refusal(() => BoardDecisions.Release(view.After(released), "a", release, newcomer: null, Given.Now)));
    }

    [Fact]
    public void a_task_is_not_released_before_what_it_needs_nor_into_a_closed_session()
    {
        var view = Board(Given.Task("a"), Given.Task("b", "a"));
        Assert.Equal("task.needs", Refusal(() => BoardDecisions.Release(view, "b", new ReleaseCommand(), newcomer: null, Given.Now)));
        Assert.Equal("agent.unknown", Refusal(() => BoardDecisions.Release(view, "a", new ReleaseCommand { Agent = "nobody" }, newcomer: null, Given.Now)));
        var closed = view.After(new SessionOpened(Backend, Given.Coder, Given.Now), new SessionClosed("backend", Given.Now));
        Assert.Equal("session.closed", Refusal(() => BoardDecisions.Release(closed, "a", new ReleaseCommand { Session = Backend.Settings }, newcomer: null, Given.Now)));
    }

    [Fact]
    public void a_session_is_opened_changed_and_closed_once()
    {
        var view = Board("a");
        var opened = BoardDecisions.Open(view, Backend, Given.Coder, Given.Now);
        var open = view.After(opened);
        Assert.Empty(BoardDecisions.Open(open, Backend, Given.Coder, Given.Now));
        Assert.Single(BoardDecisions.Open(open, Backend with { Agent = "tester" }, Given.Coder, Given.Now));
        var closed = open.After(BoardDecisions.Close(open, "backend", Given.Now));
        Assert.Empty(BoardDecisions.Close(closed, "backend", Given.Now));
        Assert.Equal("session.unknown", Refusal(() => BoardDecisions.Close(view, "backend", Given.Now)));
    }

    [Fact]
    public void what_an_agent_works_on_is_neither_handed_out_nor_completed_by_others()
    {
        var working = Board("a").After(new TaskReleased("a", Given.Task("a"), null, Given.Now)).After(Given.Working("a"));
        Assert.Equal("task.state", Refusal(() => BoardDecisions.HandOut(working, "a", new HandOutCommand(null), Given.Now)));
        Assert.Equal("task.state", Refusal(() => BoardDecisions.Complete(working, "a", new CompleteCommand("done", null, []), [], Given.Now)));
    }

    [Fact]
    public void who_does_a_task_themselves_reports_it_as_done()
    {
        var handed = Board("a").After(BoardDecisions.HandOut(Board("a"), "a", new HandOutCommand("no claude here"), Given.Now));
        Assert.Equal((TaskState.HandedOut, "no claude here"), (handed.Tasks["a"].State, handed.Tasks["a"].FallbackReason));
        Assert.Empty(BoardDecisions.HandOut(handed, "a", new HandOutCommand("no claude here"), Given.Now));
        Assert.Empty(BoardDecisions.HandOut(handed, "a", new HandOutCommand(null), Given.Now));
        Assert.Single(BoardDecisions.HandOut(handed, "a", new HandOutCommand("no disk"), Given.Now));
        var asked = handed.After(BoardDecisions.HandOut(handed, "a", new HandOutCommand(null) { AskedFor = true }, Given.Now));
        Assert.Equal((TaskState.HandedOut, null), (asked.Tasks["a"].State, asked.Tasks["a"].FallbackReason));
        Assert.Empty(BoardDecisions.HandOut(asked, "a", new HandOutCommand(null) { AskedFor = true }, Given.Now));
        Assert.Single(BoardDecisions.HandOut(handed, "a", new HandOutCommand(null) { Report = new CallerReport(CallerNeed.Unblocking, "no key") }, Given.Now));
        var done = handed.After(BoardDecisions.Complete(handed, "a", new CompleteCommand("It works", null, []), [], Given.Now));
        Assert.Equal((TaskState.Done, "It works"), (done.Tasks["a"].State, done.Tasks["a"].Summary));
    }

    [Fact]
    public void a_policy_is_set_where_it_changes_something()
    {
        var view = Board("a", "b").After(new TaskPolicySet("a", TimeoutHandling.Extend, null));
        Assert.Equal([new TaskPolicySet("b", TimeoutHandling.Extend, null)], BoardDecisions.SetPolicy(view, null, new SetPolicyCommand(TimeoutHandling.Extend, null)));
        Assert.Empty(BoardDecisions.SetPolicy(view, "a", new SetPolicyCommand(null, AutoRecovery: true)));
    }

    [Fact]
    public void a_run_rests_while_everything_that_is_left_waits_for_somebody_to_ask()
    {
        var view = Board(Given.Task("a"), Given.Task("b", "a"), Given.Task("c"));
        Assert.True(view.Rests);
        var released = view.After(new TaskReleased("b", Given.Task("b", "a"), null, Given.Now));
        Assert.True(released.Rests);
        Assert.False(released.After(new TaskReleased("c", Given.Task("c"), null, Given.Now)).Rests);
        Assert.True(view.After(new TaskHandedOut("a", null, Given.Now)).Rests);
        Assert.False(Given.View(Given.Task("a")).After(Given.Done("a")).Rests);
    }

    private static RunView Board(params string[] tasks) => Board([.. tasks.Select(id => Given.Task(id))]);

    private static RunView Board(params PlanTask[] tasks) => RunFold.Open(Given.Accepted(Given.Plan(tasks)) with { Board = true });

    private static string Refusal(Action act) => Assert.Throws<CloisterException>(act).Code;
}
