using Cloister.Landing;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>What every orchestrator tool works with: the board, the tasks on it, and how answers about them are made.</summary>
/// <param name="call">The call.</param>
internal sealed class SeedDesk(ToolCall call)
{
    // Boards that are looked at for a session that is still open; older ones were left long ago.
    private const int MostBoards = 10;

    private const string BoardName = "board";

    public IOrchestrator Orchestrator => call.Orchestrator;

    public SeedReport Report { get; } = new(new StateFolder(Path.Combine(call.Desk.Project, StateFolder.FolderName), call.Desk.Environment));

    public DateTimeOffset Now => call.Desk.Time.GetUtcNow();

    public IReadOnlyDictionary<string, string> ModelAccess => ModelAccessVariables.Of(call.Desk.Environment);

    /// <summary>The client's own name of the call, or a new one: the same call sent again does nothing twice.</summary>
    public string Key => call.Caller.CallId is { } id ? $"mcp:{id}" : NewKey();

    /// <summary>The project's open board and every other one on which something is unfinished, newest first.</summary>
    /// <param name="runs">All runs, newest first.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<IReadOnlyList<RunView>> OpenBoardsAsync(IReadOnlyList<RunSummary> runs, CancellationToken cancellationToken)
    {
        var boards = new List<RunView>();
        if (await OpenAmongAsync(runs, cancellationToken) is { } current)
            boards.Add(current);
        foreach (var run in runs.Where(run => run.Tasks.Count > 0 && BoardChoice.Look(run, call.Desk.Rehearses) == BoardLook.Open))
        {
            if (boards.TrueForAll(board => board.Id != run.Run))
                boards.Add(await Orchestrator.GetAsync(run.Run, cancellationToken));
        }
        return boards;
    }

    /// <summary>The project's open board; a new one where there is none.</summary>
    public async Task<RunView> BoardAsync(CancellationToken cancellationToken)
    {
        var runs = await Orchestrator.ListAsync(all: true, cancellationToken);
        return await OpenAmongAsync(runs, cancellationToken) ?? await StartAsync(runs, cancellationToken);
    }

    private async Task<RunView?> OpenAmongAsync(IReadOnlyList<RunSummary> runs, CancellationToken cancellationToken)
    {
        var looked = 0;
        foreach (var run in runs)
        {
            var look = BoardChoice.Look(run, call.Desk.Rehearses);
            if (look == BoardLook.Closed || (look == BoardLook.LookAtSessions && ++looked > MostBoards))
                continue;
            var view = await Orchestrator.GetAsync(run.Run, cancellationToken);
            if (BoardChoice.IsOpen(view))
                return view;
        }
        return null;
    }

    /// <summary>The task that a reference means, to be done from here.</summary>
    /// <exception cref="CloisterException"><c>run.rehearsal</c>: it is rehearsed and we are not, or the other way round.</exception>
    public async Task<(RunView Run, TaskView Task)> TaskToDoAsync(string reference, CancellationToken cancellationToken)
    {
        var found = await TaskAsync(reference, cancellationToken);
        call.Desk.RequireOwnKind(found.Run);
        return found;
    }

    /// <summary>The task that a reference means.</summary>
    public async Task<(RunView Run, TaskView Task)> TaskAsync(string reference, CancellationToken cancellationToken)
    {
        var (run, task, _) = await call.Desk.TaskAsync(await call.Desk.ResolveAsync(reference, cancellationToken), cancellationToken);
        return (run, task);
    }

    /// <summary>The run after something was done to a task of it; or as it stands, when somebody else was faster.</summary>
    /// <param name="run">The run as the caller saw it.</param>
    /// <param name="task">The task.</param>
    /// <param name="command">What is done to it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<RunView> ControlAsync(RunView run, string task, RunCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await Orchestrator.ControlAsync(run.Id, task, command, cancellationToken);
        }
        catch (CloisterException refused) when (refused.Code == "task.state")
        {
            var now = await Orchestrator.GetAsync(run.Id, cancellationToken);
            if (now.TaskOf(task).State == run.TaskOf(task).State)
                throw;
            return now;
        }
    }

    /// <summary>The answer about a task as it is now, with the files that it changed once it has ended.</summary>
    public async Task<SeedAnswer> AnswerAsync(RunView run, TaskView task, CancellationToken cancellationToken) =>
        Report.Of(run, task, await FilesAsync(run, task, cancellationToken), Now);

    /// <summary>Files that a task has changed; none while it works, and none where there is no git to tell.</summary>
    public async Task<IReadOnlyList<string>> FilesAsync(RunView run, TaskView task, CancellationToken cancellationToken)
    {
        if (!task.Ended || task.Work is not { HasChanges: true, Commit: not null })
            return [];
        try
        {
            var diff = await Orchestrator.DiffAsync(new DiffRequest(run.Id, task.Definition.Id, null, null), cancellationToken);
            return [.. diff.Files.Select(file => file.Path)];
        }
        catch (CloisterException unreadable) when (!unreadable.Code.StartsWith("engine.", StringComparison.Ordinal))
        {
            // What it changed is kept all the same; only its names cannot be told.
            return [];
        }
    }

    public static ToolAnswer Told(SeedAnswer answer) => ToolAnswer.Of(answer, SeedJson.Readable.SeedAnswer, SeedReport.Text(answer));

    /// <summary>What the caller has to know about a board whose project has moved on; empty: it has not.</summary>
    public static string Moved(RunView board, TaskBrief brief) => brief.MovedTo is { } commit
        ? $"; the project is at {commit[..Math.Min(7, commit.Length)]} now, and isolated tasks of {board.Id} start from {board.Source.BaseCommit?[..7]}"
        : "";

    private async Task<RunView> StartAsync(IReadOnlyList<RunSummary> runs, CancellationToken cancellationToken)
    {
        // Clients that plan at the same moment saw the same runs, and so mean the same board.
        var newest = runs.FirstOrDefault(run => run.Board);
        var kind = call.Desk.Rehearses ? "rehearsed-board" : "board";
        var started = await StartAsync($"mcp:{kind}-after:{newest?.Run.ToString() ?? "none"}", cancellationToken);
        return started.Removed ? await StartAsync(NewKey(), cancellationToken) : started;
    }

    private Task<RunView> StartAsync(string key, CancellationToken cancellationToken)
    {
        var defaults = call.Desk.Defaults();
        var usual = TaskDefaults.Standard with { Model = defaults.Model };
        var plan = new Plan(1, BoardName, null, null, [], [], [], [], null, defaults.BudgetUsd, usual, [], new PlanMerge());
        var nothing = new Dictionary<string, string>(StringComparer.Ordinal);
        var request = new StartRun(plan, call.Desk.Project, nothing, key, call.Desk.Rehearsal, ModelAccess) { Board = true };
        return Orchestrator.StartAsync(request, cancellationToken);
    }

    private string NewKey() => $"mcp:{Guid.CreateVersion7(Now):N}";
}
