using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>
/// What stays on disk after the work is done: removing workspaces that hold nothing unsaved, and bringing them back. Journals and kept
/// refs are never removed here.
/// </summary>
internal sealed class RunKeeping(RunServices services)
{
    private const string CurrentKind = "current";

    public async Task<RemoveReport> RemoveAsync(Orchestrator run, string? task, CancellationToken cancellationToken)
    {
        var view = run.View;
        var chosen = task is null ? view.TasksInOrder.ToList() : [TaskOf(view, task)];
        var live = chosen.Find(t => !t.Ended);
        if (live is not null)
            throw NotEnded(new TaskRef(view.Id, live.Definition.Id));

        var removed = new List<RemovedWorkspace>();
        foreach (var name in chosen.Where(HasOwnWorkspace).Select(t => new TaskRef(view.Id, t.Definition.Id)))
        {
            if (await TryRemoveWorkspaceAsync(run, name, cancellationToken) is { } one)
                removed.Add(one);
            else if (!run.View.Tasks[name.Task].Ended)
                throw NotEnded(name);
        }
        if (task is null)
            await run.DecideAsync(now => now.Removed || !now.Tasks.Values.All(t => t.Ended) ? [] : [new RunRemoved(services.Time.GetUtcNow())], cancellationToken);
        return Report(removed);
    }

    public async Task<RunView> RestoreAsync(Orchestrator run, string? task, CancellationToken cancellationToken)
    {
        var view = run.View;
        if (view.Removed)
            view = await run.DecideAsync(now => now.Removed ? [new RunRestored()] : [], cancellationToken);
        var chosen = task is null ? view.TasksInOrder.ToList() : [TaskOf(view, task)];
        foreach (var one in chosen.Where(t => t.Workspace is null && t.Work?.Commit is not null))
            view = await RestoreWorkspaceAsync(run, new TaskRef(view.Id, one.Definition.Id), cancellationToken);
        return view;
    }

    /// <summary>Workspaces of ended tasks: what could go, or what went.</summary>
    public async Task<RemoveReport> CollectAsync(IEnumerable<Orchestrator> runs, bool remove, CancellationToken cancellationToken)
    {
        var found = new List<RemovedWorkspace>();
        foreach (var run in runs)
        {
            foreach (var task in run.View.TasksInOrder.Where(t => t.Ended && HasOwnWorkspace(t)).ToList())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var name = new TaskRef(run.View.Id, task.Definition.Id);
                if (!remove)
                    found.Add(new RemovedWorkspace(name, task.Workspace!.Path, SizeOf(task.Workspace.Path), Removed: false, null));
                else if (await TryRemoveWorkspaceAsync(run, name, cancellationToken) is { } one)
                    found.Add(one);
            }
        }
        return Report(found) with { Artifacts = services.Artifacts.Measure() };
    }

    // Null when it is in use again, or gone: others may have come between the question and the lock.
    private async Task<RemovedWorkspace?> TryRemoveWorkspaceAsync(Orchestrator run, TaskRef name, CancellationToken cancellationToken)
    {
        using var held = await services.WorkspaceLocks.TakeAsync(name, cancellationToken);
        if (run.View.Tasks[name.Task] is not { Ended: true, Workspace: { } workspace })
            return null;
        var bytes = SizeOf(workspace.Path);
        var result = await services.Workspaces[workspace.Kind].RemoveAsync(workspace, name, cancellationToken);
        if (result.Removed)
            await run.DecideAsync(_ => [new WorkspaceForgotten(name.Task)], cancellationToken);
        return new RemovedWorkspace(name, workspace.Path, bytes, result.Removed, result.WhyNot);
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

    private static TaskView TaskOf(RunView view, string task) => view.Tasks.GetValueOrDefault(task)
        ?? throw new CloisterException("task.unknown", $"{view.Id} has no task \"{task}\"", $"its tasks: {string.Join(", ", view.Order.Take(20))}");

    private static bool HasOwnWorkspace(TaskView task) => task.Workspace is { } workspace && workspace.Kind != CurrentKind;

    private static RemoveReport Report(List<RemovedWorkspace> workspaces) =>
        new(workspaces, workspaces.Where(w => w.Removed).Sum(w => w.Bytes));

    // What people ask disk usage for; links are not followed, files that vanish meanwhile count as nothing.
    private static long SizeOf(string path)
    {
        if (!Directory.Exists(path))
            return 0;
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return new DirectoryInfo(path).EnumerateFiles("*", options).Sum(file => file.Exists ? file.Length : 0);
    }
}
