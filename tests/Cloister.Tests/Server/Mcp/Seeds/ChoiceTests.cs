using Cloister.Delegation;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Server.Mcp.Seeds;
using Cloister.Sessions;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Server.Mcp.Seeds;

/// <summary>Which board, which session, which workspace, and whether an agent does it at all.</summary>
public sealed class ChoiceTests
{
    private static readonly PlanTask Task = Given.Task("api") with { Agent = "coder" };

    [Fact]
    public void a_board_is_open_while_something_may_still_come_to_it()
    {
        var empty = Board();
        var planned = Board(Task);
        var done = planned.After(new TaskHandedOut("api", null, Given.Now), new TaskSucceeded("api", WaitsForReview: false, "done", null, Given.Now));
        var waited = Open(done, "backend", "implementer", ContextPreservation.Session);

        Assert.Equal([true, true, false, true], new[] { empty, planned, done, waited }.Select(BoardChoice.IsOpen));
        Assert.Equal(
            [BoardLook.Open, BoardLook.Open, BoardLook.LookAtSessions, BoardLook.LookAtSessions],
            new[] { empty, planned, done, waited }.Select(board => BoardChoice.Look(RunSummaries.Of(board), rehearses: false)));
        Assert.Equal(BoardLook.Closed, BoardChoice.Look(RunSummaries.Of(planned), rehearses: true));
        Assert.Equal(BoardLook.Open, BoardChoice.Look(RunSummaries.Of(planned with { Rehearsal = "version: 1" }), rehearses: true));
        Assert.False(BoardChoice.IsOpen(Given.View(Task)));
        Assert.False(BoardChoice.IsOpen(planned with { Removed = true }));
    }

    [Theory]
    [InlineData("current", "current", null)]
    [InlineData("new", "new", null)]
    [InlineData("persistent", "persistent", "backend")]
    [InlineData(null, "persistent", "backend")]
    public void a_named_session_is_joined_where_it_is_wanted_or_nothing_was_said(string? word, string workspace, string? session)
    {
        var board = Open(Board(Task), "backend", "implementer", ContextPreservation.Session);
        var choice = SessionChoice.Of(board, board.Tasks["api"], "coder", word);
        Assert.Equal((workspace, session), (choice.Workspace, choice.Session?.Name));
    }

    [Fact]
    public void a_session_that_carries_nothing_over_is_joined_only_when_it_is_asked_for()
    {
        var board = Open(Board(Task), "backend", "implementer", ContextPreservation.None);
        Assert.Equal(new SessionChoice("new", null), SessionChoice.Of(board, board.Tasks["api"], "coder", null));
        Assert.Equal("backend", SessionChoice.Of(board, board.Tasks["api"], "coder", "persistent").Session!.Name);
    }

    [Fact]
    public void another_specialists_session_is_never_joined()
    {
        var board = Open(Board(Task), "docs", "documenter", ContextPreservation.Session);
        Assert.Equal("coder", SessionChoice.Of(board, board.Tasks["api"], "coder", "persistent").Session!.Name);
        Assert.Equal("new", SessionChoice.Of(board, board.Tasks["api"], "coder", null).Workspace);
    }

    [Fact]
    public void where_none_is_open_one_is_opened_under_a_free_name_or_again()
    {
        var closed = Open(Board(Task), "coder", "coder", ContextPreservation.Task).After(new SessionClosed("coder", Given.Now));
        Assert.Equal(ContextPreservation.Task, SessionChoice.Of(closed, closed.Tasks["api"], "coder", "persistent").Session!.Settings.Preserve);

        var taken = Open(Board(Task), "coder", "documenter", ContextPreservation.Session);
        Assert.Equal("coder-2", SessionChoice.Fresh(taken, "coder").Name);
    }

    [Fact]
    public void the_release_says_what_the_words_mean()
    {
        var board = Open(Board(Task), "backend", "implementer", ContextPreservation.Session);
        var task = board.Tasks["api"];

        var current = SessionChoice.Of(board, task, "coder", "current").Release(task, Communication.Files, sharesParents: false);
        var fresh = SessionChoice.Of(board, task, "coder", "new").Release(task, null, sharesParents: false);
        var joined = SessionChoice.Of(board, task, "coder", "persistent").Release(task, Communication.Tools, sharesParents: false);

        Assert.Equal((TaskWorkspace.Current, true, Communication.Files, (string?)null), (current.Workspace, current.AllowWrites, current.Session!.Communication, current.Session.Name));
        Assert.Equal(((TaskWorkspace?)null, false, Communication.Tools, (string?)null), (fresh.Workspace, fresh.AllowWrites, fresh.Session!.Communication, fresh.Session.Name));
        Assert.Equal(((TaskWorkspace?)null, "implementer", "backend"), (joined.Workspace, joined.Agent, joined.Session!.Name));
    }

    [Fact]
    public void who_shares_the_context_works_with_the_parent_or_in_the_project()
    {
        var session = SessionChoice.Named("shared", "coder") with { Workspace = TaskWorkspace.Current };
        var task = Board(Task).Tasks["api"];
        Assert.Equal(TaskWorkspace.Current, new SessionChoice("persistent", session).Release(task, null, sharesParents: false).Workspace);
        Assert.Null(new SessionChoice("persistent", session).Release(task, null, sharesParents: true).Workspace);
    }

    [Theory]
    [InlineData(null, null, "Implement it", "Isolated")]
    [InlineData(null, "off", "Implement it", "Standard")]
    [InlineData("always", "off", "Implement it", "Isolated")]
    [InlineData("off", "always", "Implement it", "Standard")]
    [InlineData(null, "ask", "Implement it", "Ask")]
    [InlineData(null, "auto", "Implement it", "Isolated")]
    [InlineData(null, "auto", "git push", "Standard")]
    [InlineData(null, "always", "git push", "Isolated")]
    public void the_call_decides_before_the_project_and_the_project_before_the_tool(string? said, string? project, string prompt, string mode)
    {
        var task = new DelegationTask("coder", prompt);
        var advice = DelegationAdvice.Of(task, ReasoningEstimate.Of(task, []), MeasuredOverhead.None.Of("coder", null), here: null);
        Assert.Equal(mode, IsolatedExecution.ChoiceFor(IsolatedExecution.SettingOf(Mode(said), Mode(project)), new IsolationAdvice(advice, [], ReadsOnly: false)).Place.ToString());
    }

    [Theory]
    [InlineData("claude.missing", "Claude Code is missing (why)")]
    [InlineData("claude.version", "Claude Code is missing (why)")]
    [InlineData("workspace.partial_clone", "it is not permitted here (why)")]
    [InlineData("store.full", "there is no room on the disk (why)")]
    [InlineData("task.needs", null)]
    [InlineData("agent.unknown", null)]
    public void only_what_keeps_an_agent_from_beginning_is_an_obstacle(string code, string? words) =>
        Assert.Equal(words, StartObstacle.Of(new CloisterException(code, "why"))?.Words);

    [Theory]
    [InlineData(TaskReason.Workspace, "it is not permitted here (it broke)")]
    [InlineData(TaskReason.Auth, "it is not permitted here (it broke)")]
    [InlineData(TaskReason.RateLimit, "a limit is reached (it broke)")]
    [InlineData(TaskReason.Api, "a limit is reached (it broke)")]
    [InlineData(TaskReason.Crash, null)]
    [InlineData(TaskReason.Protocol, null)]
    [InlineData(TaskReason.Timeout, null)]
    [InlineData(TaskReason.Denied, null)]
    internal void an_agent_that_never_had_a_model_turn_tells_why_and_one_that_had_does_not(TaskReason reason, string? words)
    {
        RunEvent[] story = Given.Failed("api", reason);
        var turn = new AttemptAdvanced("api", 1, 10, new UsageSnapshot(default, 0, 0, 0, 1), null, Given.Now);
        Assert.Equal(words, StartObstacle.Of(Given.View(Task).After(story).Tasks["api"])?.Words);
        Assert.Null(StartObstacle.Of(Given.View(Task).After([.. Given.Working("api"), turn, .. story[3..]]).Tasks["api"]));
    }

    [Fact]
    public void a_program_that_never_started_is_missing()
    {
        var never = Given.View(Task).After(Given.Claimed("api"), new TaskFailed("api", TaskReason.Crash, "no such file", Given.Now)).Tasks["api"];
        Assert.Equal("Claude Code is missing (no such file)", StartObstacle.Of(never)?.Words);
    }

    [Theory]
    [InlineData(TaskReason.RateLimit, 4, null)]
    [InlineData(TaskReason.RateLimit, 3600, "a limit is reached (not now)")]
    [InlineData(TaskReason.Crash, 3600, null)]
    [InlineData(TaskReason.Auth, null, "it is not permitted here (not now)")]
    internal void what_is_parked_before_its_first_turn_is_an_obstacle_and_a_short_wait_is_none(TaskReason reason, int? seconds, string? words)
    {
        var ended = Given.Ended("api", outcome: Given.Outcome(AgentVerdict.Parked, reason));
        var requeued = new TaskRequeued("api", reason, "not now", ended.At.AddSeconds(seconds ?? 0), new NextAttempt("go on", Resume: false), CountsAsRetry: false);
        var parked = Given.View(Task).After([.. Given.Working("api"), ended, requeued]).Tasks["api"];
        Assert.Equal(words, StartObstacle.Of(parked)?.Words);
    }

    private static IsolationMode? Mode(string? word) => word is not null && IsolationWord.TryParse(word, out var mode) ? mode : null;

    private static RunView Board(params PlanTask[] tasks) => RunFold.Open(Given.Accepted(Given.Plan(tasks)) with { Board = true });

    private static RunView Open(RunView board, string name, string agent, ContextPreservation preserve)
    {
        var session = SessionChoice.Named(name, agent);
        session = session with { Settings = session.Settings with { Preserve = preserve } };
        return board.After(new SessionOpened(session, Given.Coder with { Name = agent }, Given.Now));
    }
}
