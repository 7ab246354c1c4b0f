using System.Globalization;
using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary><c>orchestrator_get_status</c>: the board, its sessions, and what waits for a person.</summary>
internal static class StatusTool
{
    // About two thousand tokens together; the next call brings the next tasks.
    private const int MostTasks = 18, MostSessions = 10, MostNeeds = 5;

    private const int DetailLength = 100;

    private static readonly Parameter<bool> IncludeCompleted = Terse.Flag("include_completed", false);

    public static McpTool Declaration { get; } = new("orchestrator_get_status", "Tasks and sessions", [IncludeCompleted], RunAsync)
    {
        ReadOnly = true,
    };

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var desk = new SeedDesk(call);
        var runs = await call.Orchestrator.ListAsync(all: true, cancellationToken);
        var boards = await desk.OpenBoardsAsync(runs, cancellationToken);
        var board = boards.Count == 0 ? new SeedBoard(null, [], null, [], [], Nothing(runs, call.Desk.Rehearses)) : Page(call, boards);
        return Told(board with { NextStep = board.NextStep + OfTheOtherKind(runs, call.Desk.Rehearses) });
    }

    // Asked again, the same call goes on with the tasks that were left out.
    private static SeedBoard Page(ToolCall call, IReadOnlyList<RunView> boards)
    {
        var (pages, what) = (call.Caller.Conversation.Pages, $"status {call.Get(IncludeCompleted)}");
        var start = pages.Start(what);
        var board = Of(boards, call.Get(IncludeCompleted), start);
        if (board.Tasks.Count == 0 && start > 0)
            (start, board) = (0, Of(boards, call.Get(IncludeCompleted), 0));
        pages.Start(what, board.More is null ? 0 : start + board.Tasks.Count);
        return board;
    }

    /// <summary>How boards stand, of which the first is the one that is planned on. Pure.</summary>
    /// <param name="boards">The boards.</param>
    /// <param name="includeCompleted">Whether tasks and sessions that have ended well are listed.</param>
    /// <param name="start">How many tasks were listed before.</param>
    public static SeedBoard Of(IReadOnlyList<RunView> boards, bool includeCompleted, int start)
    {
        var tasks = boards.SelectMany(board => board.TasksInOrder, (board, task) => (Board: board, Task: task))
            .Where(one => !one.Task.Removed && (includeCompleted || !TaskMachine.IsSuccess(one.Task.State))).ToList();
        var needs = boards.SelectMany(NeedsYou).ToList();
        return new SeedBoard(
            boards[0].Id.ToString(),
            [.. tasks.Skip(start).Take(MostTasks).Select(one => Row(one.Board, one.Task))],
            tasks.Count > start + MostTasks ? tasks.Count - start - MostTasks : null,
            [.. boards.SelectMany(board => Sessions(board, includeCompleted)).TakeLast(MostSessions)],
            [.. needs.Take(MostNeeds), .. needs.Count > MostNeeds ? [string.Create(CultureInfo.InvariantCulture, $"and {needs.Count - MostNeeds} more: answer these first")] : (string[])[]],
            needs.Count > 0 ? "first what needs_you lists: it is for the user" : Next(boards));
    }

    private static IEnumerable<SeedSession> Sessions(RunView board, bool includeCompleted) =>
        board.Sessions.Values.Where(session => session.IsOpen || includeCompleted).OrderBy(session => session.OpenedAt).Select(session => Row(board, session));

    private static IEnumerable<string> NeedsYou(RunView board) => board.OpenQuestions
        .Select(question => $"{question.Id} {question.Task}: {NextSteps.Asked(question)}")
        .Concat(board.TasksInOrder
            .Where(task => task is { State: TaskState.HandedOut, Report.Need: CallerNeed.Unblocking or CallerNeed.Decision })
            .Select(task => $"{board.Id}/{task.Definition.Id}: {NextSteps.Of(board, task)}"));

    private static string Next(IReadOnlyList<RunView> boards)
    {
        if (boards.Select(FirstStep).OfType<string>().FirstOrDefault() is { } step)
            return step;
        if (boards.All(board => board.Tasks.IsEmpty))
            return "orchestrator_plan_task writes down the first task";
        if (!boards.All(board => board.Rests || board.Tasks.Values.All(task => task.Ended)))
            return "agents work: orchestrator_monitor_isolated_execution, or call again later";
        // What is planned and cannot start waits for something that failed or was stopped.
        return boards.Select(Stuck).OfType<string>().FirstOrDefault() ?? "nothing runs";
    }

    private static string? FirstStep(RunView board)
    {
        var step = board.TasksInOrder.FirstOrDefault(task => task.State == TaskState.HandedOut) ?? board.TasksInOrder.FirstOrDefault(task => NextSteps.CanStart(board, task));
        return step is null ? null : NextSteps.Of(board, step);
    }

    private static string? Stuck(RunView board)
    {
        var failed = board.TasksInOrder.FirstOrDefault(task => !task.Removed && task.Ended && !TaskMachine.IsSuccess(task.State));
        return failed is null || board.TasksInOrder.All(task => task.State != TaskState.Planned) ? null : $"{board.Id}/{failed.Definition.Id}: {NextSteps.Of(board, failed)}";
    }

    private static SeedTask Row(RunView board, TaskView task)
    {
        var mode = SeedStatus.ModeOf(task);
        return new SeedTask(
            $"{board.Id}/{task.Definition.Id}",
            Plain.Line(task.Definition.Title, DetailLength),
            SeedStatus.Of(task.State, task.Reason),
            mode,
            task.AgentOverride ?? task.Definition.Agent,
            mode == SeedStatus.Isolated ? SessionThread.NameOf(board.Id, task.Definition) : null,
            task.Definition.Parent is { } parent ? $"{board.Id}/{parent}" : null,
            (task.Detail ?? task.Summary) is { Length: > 0 } detail ? Plain.Line(detail, DetailLength) : null);
    }

    private static SeedSession Row(RunView board, SessionView session)
    {
        var target = SessionTarget.OfNamed(board, session);
        var settings = session.Session.Settings;
        return new SeedSession(
            session.Session.Name,
            session.Session.Agent,
            target.Task is { Ended: false } task ? SeedStatus.Of(task.State, task.Reason) : session.IsOpen ? SeedStatus.Waiting : SeedStatus.Completed,
            settings.Preserve switch
            {
                ContextPreservation.Session => "session",
                ContextPreservation.Task => "task",
                ContextPreservation.None => "none",
            },
            settings.Isolation switch
            {
                IsolationLevel.Full => "full",
                IsolationLevel.Partial => "partial",
                IsolationLevel.SharedContext => "shared_context",
            },
            [.. target.Tasks.Select(one => $"{board.Id}/{one.Definition.Id}")]);
    }

    private static string Nothing(IReadOnlyList<RunSummary> runs, bool rehearses) => runs.FirstOrDefault(run => run.Board && run.Rehearsed == rehearses) is { Run: var ended }
        ? $"everything on {ended} has ended: orchestrator_synthesize_results with parent_task_id {ended}, or plan something new"
        : "orchestrator_plan_task writes down the first task";

    // Whoever misses a task may have planned it there.
    private static string OfTheOtherKind(IReadOnlyList<RunSummary> runs, bool rehearses) =>
        runs.FirstOrDefault(run => run.Tasks.Count > 0 && BoardChoice.Look(run, !rehearses) == BoardLook.Open) is { Run: var other }
            ? $"; {other} is open too, {(rehearses ? "with the real model: use a server started without --rehearse" : "rehearsed: use a server started with --rehearse")}"
            : "";

    private static ToolAnswer Told(SeedBoard board)
    {
        var lines = new List<string>();
        lines.AddRange(board.NeedsYou);
        lines.AddRange(board.Tasks.Select(task => $"{task.TaskId} {task.Status}{(task.Mode is null ? "" : $" {task.Mode}")} {task.SpecialistType}: {task.Title}{(task.Detail is null ? "" : $" ({task.Detail})")}"));
        if (board.More is { } more)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"and {more} more: the same call again lists them"));
        lines.AddRange(board.Sessions.Select(session => $"session {session.SessionId} {session.Status} {session.SpecialistType}, {session.IsolationLevel}, keeps {session.ContextPreservation}"));
        lines.Add($"{board.Board ?? "no board is open"}; next: {board.NextStep}");
        return ToolAnswer.Of(board, SeedJson.Readable.SeedBoard, string.Join('\n', lines));
    }
}
