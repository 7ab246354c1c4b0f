using Cloister.Workspaces;
using Microsoft.Extensions.Logging;

namespace Cloister.Runs;

/// <summary>
/// What stays on disk after the work is done: removing workspaces that hold nothing unsaved, and bringing them back. Journals and kept
/// refs are never removed here.
/// </summary>
internal sealed partial class RunKeeping(RunServices services) : IAsyncDisposable
{
    private readonly CancellationTokenSource _leaving = new();
    private Task _sweeping = Task.CompletedTask;

    /// <summary>Forgets a run or a task, and only when nothing is lost with any of its workspaces.</summary>
    /// <exception cref="CloisterException"><c>workspace.unsaved</c> when something would be; then lists keep it.</exception>
    public async Task<RemoveReport> RemoveAsync(Orchestrator run, string? task, CancellationToken cancellationToken)
    {
        var view = run.View;
        var chosen = task is null ? view.TasksInOrder.ToList() : [view.TaskOf(task)];
        if (chosen.Find(t => !t.Ended) is { } live)
            throw NotEnded(new TaskRef(view.Id, live.Definition.Id));
        var own = chosen.Where(HasOwnWorkspace).ToList();
        // Asked of all before the first one goes: a run is removed whole or not at all.
        var lookedAt = new List<RemovedWorkspace>();
        foreach (var one in own)
            lookedAt.Add(await LookAsync(view, one, cancellationToken));
        RefuseUnsaved(view.Id, task, lookedAt.Where(workspace => workspace.WhyNot is not null));

        var removed = new List<RemovedWorkspace>();
        foreach (var name in own.Select(t => new TaskRef(view.Id, t.Definition.Id)))
        {
            if (await TryRemoveWorkspaceAsync(run, name, cancellationToken) is { } one)
                removed.Add(one);
            else if (!run.View.Tasks[name.Task].Ended)
                throw NotEnded(name);
        }
        RefuseUnsaved(view.Id, task, removed.Where(workspace => !workspace.Removed));
        await run.DecideAsync(now => Forgotten(now, task), cancellationToken);
        return Report(removed);
    }

    public async Task<RunView> RestoreAsync(Orchestrator run, string? task, CancellationToken cancellationToken)
    {
        var chosen = task is null ? run.View.TasksInOrder.ToList() : [run.View.TaskOf(task)];
        var view = await run.DecideAsync(now => Remembered(now, chosen.ConvertAll(t => t.Definition.Id)), cancellationToken);
        foreach (var one in chosen.Where(t => t.Workspace is null && t.Work?.Commit is not null))
            view = await RestoreWorkspaceAsync(run, new TaskRef(view.Id, one.Definition.Id), cancellationToken);
        return view;
    }

    /// <summary>Workspaces of ended tasks: what could go, or what went.</summary>
    public async Task<RemoveReport> CollectAsync(IReadOnlyList<Orchestrator> runs, bool remove, CancellationToken cancellationToken)
    {
        var found = new List<RemovedWorkspace>();
        foreach (var run in runs)
        {
            foreach (var task in run.View.TasksInOrder.Where(t => t.Ended && HasOwnWorkspace(t) && !SessionThread.WantsWorkspace(run.View, t)).ToList())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!remove)
                    found.Add(await LookAsync(run.View, task, cancellationToken));
                else if (await TryRemoveWorkspaceAsync(run, new TaskRef(run.View.Id, task.Definition.Id), cancellationToken) is { } one)
                    found.Add(one);
            }
        }
        var swept = remove ? await SweepAsync(cancellationToken) : 0;
        var report = Report(found);
        return report with { FreedBytes = report.FreedBytes + swept, Artifacts = services.Artifacts.Measure() };
    }

    /// <summary>Clears away what killed engines and earlier removals left. Nobody waits for it: what cannot go now goes the next time.</summary>
    public void StartSweeping() => _sweeping = TrySweepAsync();

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _sweeping;
        _leaving.Dispose();
    }

    private async Task TrySweepAsync()
    {
        await Task.Yield();
        try
        {
            await SweepAsync(_leaving.Token);
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // A supervised edge: what lies around hurts nobody, and no engine ends for it.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            LogUnswept(services.Logger, failed);
        }
    }

    private async Task<long> SweepAsync(CancellationToken cancellationToken)
    {
        if (services.Remains.IsNone)
            return 0;
        var runs = await services.Store.SummariesAsync(all: true, cancellationToken);
        return await services.Remains.SweepAsync(runs.Select(run => run.Project), cancellationToken);
    }

    private async Task<RemovedWorkspace> LookAsync(RunView view, TaskView task, CancellationToken cancellationToken)
    {
        var (name, workspace) = (new TaskRef(view.Id, task.Definition.Id), task.Workspace!);
        var unsaved = await services.Workspaces[workspace.Kind].UnsavedAsync(workspace, name, cancellationToken);
        return new RemovedWorkspace(name, workspace.Path, TreeSize.Of(workspace.Path), Removed: false, unsaved);
    }

    // Decided by the run itself: what began again meanwhile is not forgotten.
    private List<RunEvent> Forgotten(RunView now, string? task)
    {
        var at = services.Time.GetUtcNow();
        return task switch
        {
            null when !now.Removed && now.Tasks.Values.All(t => t.Ended) => [new RunRemoved(at)],
            not null when now.Tasks[task] is { Removed: false, Ended: true } => [new TaskRemoved(task, at)],
            _ => [],
        };
    }

    private static List<RunEvent> Remembered(RunView now, List<string> tasks)
    {
        var events = new List<RunEvent>();
        if (now.Removed)
            events.Add(new RunRestored());
        events.AddRange(tasks.Where(id => now.Tasks[id].Removed).Select(id => new TaskRestored(id)));
        return events;
    }

    private static void RefuseUnsaved(RunId run, string? task, IEnumerable<RemovedWorkspace> held)
    {
        var lines = held.Select(workspace => $"{workspace.Task}: {workspace.WhyNot} ({workspace.Path})").ToList();
        if (lines.Count == 0)
            return;
        var name = task is null ? run.ToString() : $"{run}/{task}";
        throw new CloisterException(
            "workspace.unsaved",
            $"{name} stays, because something would be lost with it\n  {string.Join("\n  ", lines)}",
            $"look there and keep what you need; then delete the folder, and again: cloister rm {name}");
    }

    // Null when it is in use again, or gone: others may have come between the question and the lock.
    private async Task<RemovedWorkspace?> TryRemoveWorkspaceAsync(Orchestrator run, TaskRef name, CancellationToken cancellationToken)
    {
        using var held = await services.WorkspaceLocks.TakeAsync(name, cancellationToken);
        if (run.View.Tasks[name.Task] is not { Ended: true, Workspace: { } workspace } owner || SessionThread.Guests(run.View, owner).Any(guest => !guest.Ended))
            return null;
        var bytes = TreeSize.Of(workspace.Path);
        var result = await services.Workspaces[workspace.Kind].RemoveAsync(workspace, name, cancellationToken);
        if (result.Removed)
            await run.DecideAsync(
                view => [new WorkspaceForgotten(name.Task), .. SessionThread.Guests(view, view.Tasks[name.Task]).Select(guest => new WorkspaceForgotten(guest.Definition.Id))], cancellationToken);
        return new RemovedWorkspace(name, workspace.Path, bytes, result.Removed, result.WhyNot) { Trash = result.Trash };
    }

    private async Task<RunView> RestoreWorkspaceAsync(Orchestrator run, TaskRef name, CancellationToken cancellationToken)
    {
        using var held = await services.WorkspaceLocks.TakeAsync(name, cancellationToken);
        var task = run.View.Tasks[name.Task];
        // An attempt that has begun meanwhile has made itself one.
        if (task is not { Ended: true, Workspace: null })
            return run.View;
        var request = new WorkspaceRequest(name, run.View.Source.Project, run.View.Source.BaseCommit, Needs: []) { RestoreFrom = task.Work!.Commit };
        var workspace = await services.WorkspaceFor(run.View, task).PrepareAsync(request, cancellationToken);
        return await run.DecideAsync(_ => [new WorkspacePrepared(name.Task, task.Attempts.Count, workspace)], cancellationToken);
    }

    private static CloisterException NotEnded(TaskRef task) =>
        new("task.state", $"{task} has not ended", $"stop it first: cloister stop {task}");

    private static bool HasOwnWorkspace(TaskView task) => task.Workspace is { Owner: null } workspace && workspace.Kind != CurrentDirectory.Word;

    // What lies in the trash is not free yet.
    private RemoveReport Report(List<RemovedWorkspace> workspaces) =>
        new(workspaces, workspaces.Where(w => w is { Removed: true, Trash: null }).Sum(w => w.Bytes))
        {
            Trash = services.Remains.MeasureTrash() is { Workspaces: > 0 } trash ? trash : null,
        };

    [LoggerMessage(EventId = 511, EventName = "engine.unswept", Level = LogLevel.Warning, Message = "what earlier engines left cannot be cleared away now")]
    private static partial void LogUnswept(ILogger logger, Exception failed);
}
