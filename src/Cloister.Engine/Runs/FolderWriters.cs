using Cloister.Agents;
using Cloister.Plans;
using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>
/// Who may write in project folders: one agent at a time in each, of whatever run of this engine. Worktrees and fresh directories have one
/// agent by nature; an agent that only reads is in nobody's way.
/// </summary>
internal sealed class FolderWriters
{
    private readonly Lock _lock = new();

    // A writer, then the part of it that it waits for, and so on: only the last one of them works.
    private readonly Dictionary<string, List<TaskRef>> _holders = new(StringComparer.Ordinal);
    private readonly Dictionary<RunId, Action> _waiting = [];

    /// <summary>The folder that the task's agent writes in beside its person; null: none.</summary>
    public static string? FolderOf(RunView view, TaskView task)
    {
        if (task.Definition.PermissionMode == PermissionModes.Plan || !WritingTools.MayWrite(view.Agents[task.AgentOverride ?? task.Definition.Agent]))
            return null;
        var isThere = SessionThread.SharedWorkspace(view, task) is { } joined ? joined.Kind == CurrentDirectory.Word : task.Definition.Workspace == TaskWorkspace.Current;
        return isThere ? view.Source.Project : null;
    }

    /// <summary>Tells who of a run is at work now; folders that nobody of it writes in any more are free.</summary>
    public void Report(RunView view)
    {
        var writing = view.Tasks.Values
            .Where(task => task.LiveAttempt is not null)
            .Select(task => (Task: new TaskRef(view.Id, task.Definition.Id), Folder: FolderOf(view, task), Depth: AncestorsOf(view, task).Count()))
            .Where(writer => writer.Folder is not null)
            .OrderBy(writer => writer.Depth).ToList();
        var woken = new List<Action>();
        lock (_lock)
        {
            var left = 0;
            foreach (var (folder, holders) in _holders.ToList())
            {
                left += holders.RemoveAll(holder => holder.Run == view.Id && !writing.Exists(writer => writer.Task == holder && writer.Folder == folder));
                if (holders.Count == 0)
                    _holders.Remove(folder);
            }
            // Two of an older journal may be there at once; the next one waits for both.
            foreach (var (task, folder, _) in writing.Where(writer => !HoldersOf(writer.Folder!).Contains(writer.Task)))
                HoldersOf(folder!).Add(task);
            if (left > 0)
            {
                woken.AddRange(_waiting.Values);
                _waiting.Clear();
            }
        }
        woken.ForEach(wake => wake());
    }

    /// <summary>Lets a task write in its folder until it is reported no more, or says who does; <paramref name="wake"/> is called when somebody there has ended.</summary>
    public TaskRef? Enter(RunView view, TaskView task, Action wake)
    {
        if (FolderOf(view, task) is not { } folder)
            return null;
        var asks = new TaskRef(view.Id, task.Definition.Id);
        lock (_lock)
        {
            var holders = HoldersOf(folder);
            if (holders.Contains(asks))
                return null;
            // Whoever waits for its own part would wait for ever; beside another part it would not be alone.
            if (holders.Count == 0 || AncestorsOf(view, task).Contains(holders[^1]))
            {
                holders.Add(asks);
                return null;
            }
            _waiting[view.Id] = wake;
            return holders[^1];
        }
    }

    private List<TaskRef> HoldersOf(string folder)
    {
        if (!_holders.TryGetValue(folder, out var holders))
            _holders[folder] = holders = [];
        return holders;
    }

    private static IEnumerable<TaskRef> AncestorsOf(RunView view, TaskView task)
    {
        for (var parent = task.Definition.Parent; parent is not null; parent = view.Tasks[parent].Definition.Parent)
            yield return new TaskRef(view.Id, parent);
    }
}
