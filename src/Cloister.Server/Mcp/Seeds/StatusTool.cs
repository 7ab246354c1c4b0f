using System.Globalization;
using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary><c>orchestrator_get_status</c>: the board, its sessions, and what waits for a person.</summary>
internal static class StatusTool
{
    // About two thousand tokens; the rest is named by its number.
    private const int MostTasks = 40;

    private const int DetailLength = 100;

    private static readonly Parameter<bool> IncludeCompleted = Terse.Flag("include_completed", false);

    public static McpTool Declaration { get; } = new("orchestrator_get_status", "Tasks and sessions", [IncludeCompleted], RunAsync)
    {
        ReadOnly = true,
    };

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var desk = new SeedDesk(call);
        if (await desk.OpenBoardAsync(cancellationToken) is not { } board)
            return Told(new SeedBoard(null, [], null, [], [], await NothingAsync(call, cancellationToken)));
        return Told(Of(board, call.Get(IncludeCompleted)));
    }

    /// <summary>How a board stands. Pure.</summary>
    public static SeedBoard Of(RunView board, bool includeCompleted)
    {
        var tasks = board.TasksInOrder.Where(task => !task.Removed && (includeCompleted || !TaskMachine.IsSuccess(task.State))).ToList();
        var needs = NeedsYou(board).ToList();
        return new SeedBoard(
            board.Id.ToString(),
            [.. tasks.Take(MostTasks).Select(task => Row(board, task))],
            tasks.Count > MostTasks ? tasks.Count - MostTasks : null,
            [.. board.Sessions.Values.Where(session => session.IsOpen || includeCompleted).OrderBy(session => session.OpenedAt).Select(session => Row(board, session))],
            needs,
            needs.Count > 0 ? "first what needs_you lists: it is for the user" : Next(board));
    }

    private static IEnumerable<string> NeedsYou(RunView board) => board.OpenQuestions
        .Select(question => $"{question.Id} {question.Task}: {NextSteps.Asked(question)}")
        .Concat(board.TasksInOrder
            .Where(task => task is { State: TaskState.HandedOut, Report.Need: CallerNeed.Unblocking or CallerNeed.Decision })
            .Select(task => $"{board.Id}/{task.Definition.Id}: {NextSteps.Of(board, task)}"));

    private static string Next(RunView board)
    {
        if (board.Tasks.IsEmpty)
            return "orchestrator_plan_task writes down the first task";
        if (board.TasksInOrder.FirstOrDefault(task => task.State == TaskState.HandedOut) is { } mine)
            return NextSteps.Of(board, mine);
        var ready = board.TasksInOrder.FirstOrDefault(task => task.State == TaskState.Planned && task.Definition.Needs.All(need => TaskMachine.IsSuccess(board.Tasks[need].State)));
        if (ready is not null)
            return NextSteps.Of(board, ready);
        return board.Rests || board.Tasks.Values.All(task => task.Ended) ? "nothing runs" : "agents work: orchestrator_monitor_isolated_execution, or call again later";
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

    private static async Task<string> NothingAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var boards = (await call.Orchestrator.ListAsync(all: true, cancellationToken)).Where(run => run.Board).ToList();
        return boards.Count == 0
            ? "orchestrator_plan_task writes down the first task"
            : $"everything on {boards[0].Run} has ended: orchestrator_synthesize_results with parent_task_id {boards[0].Run}, or plan something new";
    }

    private static ToolAnswer Told(SeedBoard board)
    {
        var lines = new List<string>();
        lines.AddRange(board.NeedsYou);
        lines.AddRange(board.Tasks.Select(task => $"{task.TaskId} {task.Status}{(task.Mode is null ? "" : $" {task.Mode}")} {task.SpecialistType}: {task.Title}{(task.Detail is null ? "" : $" ({task.Detail})")}"));
        if (board.More is { } more)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"and {more} more"));
        lines.AddRange(board.Sessions.Select(session => $"session {session.SessionId} {session.Status} {session.SpecialistType}, {session.IsolationLevel}, keeps {session.ContextPreservation}"));
        lines.Add($"{board.Board ?? "no board is open"}; next: {board.NextStep}");
        return ToolAnswer.Of(board, SeedJson.Readable.SeedBoard, string.Join('\n', lines));
    }
}
