using Cloister.Agents;
using Cloister.Plans;

namespace Cloister.Runs;

/// <summary>
/// Who may write in project folders: one agent at a time in each, of whatever run of this engine. Worktrees and fresh directories have one
/// agent by nature; an agent that only reads is in nobody's way.
/// </summary>
internal sealed class FolderWriters
{
    // The word of the provider whose workspace is the project folder.
    private const string Kind = "current";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskRef> _holders = new(StringComparer.Ordinal);
    private readonly Dictionary<RunId, Action> _waiting = [];

    /// <summary>The folder that the task's agent writes in beside its person; null: none.</summary>
    public static string? FolderOf(RunView view, TaskView task)
    {
        var isThere = task.Workspace is { Owner: not null } joined ? joined.Kind == Kind : task.Definition.Workspace == TaskWorkspace.Current;
        var mayWrite = task.Definition.PermissionMode != PermissionModes.Plan && WritingTools.MayWrite(view.Agents[task.AgentOverride ?? task.Definition.Agent]);
        return isThere && mayWrite ? view.Source.Project : null;
    }

    /// <summary>Tells who of a run is at work now; folders that nobody of it writes in any more are free.</summary>
    public void Report(RunView view)
    {
        var writing = view.Tasks.Values
            .Where(task => task.LiveAttempt is not null)
            .Select(task => (Task: new TaskRef(view.Id, task.Definition.Id), Folder: FolderOf(view, task)))
            .Where(writer => writer.Folder is not null).ToList();
        var woken = new List<Action>();
        lock (_lock)
        {
            var freed = _holders.Where(held => held.Value.Run == view.Id && !writing.Contains((held.Value, held.Key))).Select(held => held.Key).ToList();
            freed.ForEach(folder => _holders.Remove(folder));
            // Two of an older journal may be there at once; the next one waits for both.
            writing.ForEach(writer => _holders.TryAdd(writer.Folder!, writer.Task));
            if (freed.Count > 0)
            {
                woken.AddRange(_waiting.Values);
                _waiting.Clear();
            }
        }
        woken.ForEach(wake => wake());
    }

    /// <summary>Lets a task write in its folder until it is reported no more, or says who does; <paramref name="wake"/> is called when a folder is free.</summary>
    public TaskRef? Enter(RunView view, TaskView task, Action wake)
    {
        if (FolderOf(view, task) is not { } folder)
            return null;
        var asks = new TaskRef(view.Id, task.Definition.Id);
        lock (_lock)
        {
            if (_holders.TryAdd(folder, asks) || _holders[folder] == asks || IsPartOf(view, task, _holders[folder]))
                return null;
            _waiting[view.Id] = wake;
            return _holders[folder];
        }
    }

    // Whoever waits for its own part would wait for ever.
    private static bool IsPartOf(RunView view, TaskView task, TaskRef holder)
    {
        for (var parent = task.Definition.Parent; parent is not null; parent = view.Tasks[parent].Definition.Parent)
        {
            if (holder == new TaskRef(view.Id, parent))
                return true;
        }
        return false;
    }
}
