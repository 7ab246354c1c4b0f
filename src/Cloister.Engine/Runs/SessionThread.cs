using System.Globalization;
using Cloister.Plans;
using Cloister.SessionFiles;
using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>
/// The session of a task: its name, the tasks before it, whose conversation goes on and whose workspace it works in. A task that names no
/// session is one by itself. Pure.
/// </summary>
internal static class SessionThread
{
    /// <summary>Its name: the one it was given, or one made of the task's reference.</summary>
    public static string NameOf(RunId run, PlanTask task) => task.Session.Name ?? $"{run}-{task.Id}";

    /// <summary>True for a name that the session of a task, or one that a plan names, has or may have: <c>r7-api</c>, <c>r7.backend</c>.</summary>
    public static bool IsReserved(string name) => name.IndexOfAny(['-', '.']) is var end and > 0 && RunId.TryParse(name[..end], null, out _);

    /// <summary>The session of an attempt that is there: it stays the same when its task goes on in another.</summary>
    /// <param name="run">The run.</param>
    /// <param name="task">The attempt's task.</param>
    /// <param name="folder">The attempt's folder, whose first part is the name; null in older journals, which knew no names.</param>
    public static string NameOf(RunId run, string task, string? folder) => folder?.Split('/')[0] ?? $"{run}-{task}";

    /// <summary>The tasks of the same session, in plan order; the task itself is one of them.</summary>
    public static IEnumerable<TaskView> TasksOf(RunView view, TaskView task) => task.Definition.Session.Name is { } name
        ? view.TasksInOrder.Where(other => other.Definition.Session.Name == name && other.Copies is null)
        : [task];

    /// <summary>True while another task of the session is at work: they come one after another.</summary>
    public static bool IsBusy(RunView view, TaskView task) =>
        TasksOf(view, task).Any(other => other.LiveAttempt is not null && other.Definition.Id != task.Definition.Id);

    /// <summary>What the session's earlier tasks have done, in the order they did it.</summary>
    public static IEnumerable<TaskView> Earlier(RunView view, TaskView task) => TasksOf(view, task)
        .Where(other => other.Definition.Id != task.Definition.Id && other.Attempt is not null)
        .OrderBy(other => other.Attempt!.Fence);

    /// <summary>The attempt whose conversation the task's first one goes on with, or null: it begins a fresh one.</summary>
    public static AttemptView? ConversationFor(RunView view, TaskView task)
    {
        var settings = task.Definition.Session;
        if (settings is not { Name: not null, Preserve: ContextPreservation.Session, Mode: ExecutionMode.Isolated } || task.Attempts.Count > 0)
            return null;
        // Once a conversation was handed over, the one that took over is the session's.
        return Earlier(view, task).LastOrDefault() is { Definition.Session.Mode: ExecutionMode.Isolated, Attempt: { Outcome.Resumable: true, HandoverAsked: null } last } ? last : null;
    }

    /// <summary>Where the task's next attempt keeps its files, relative to the sessions' folder.</summary>
    public static string NextFolder(RunView view, TaskView task) => string.Create(
        CultureInfo.InvariantCulture,
        $"{NameOf(view.Id, task.Definition)}/attempts/{TasksOf(view, task).Sum(other => other.Attempts.Count) + 1}");

    /// <summary>The folder of an attempt's session; null for attempts of older journals, which keep their files elsewhere.</summary>
    public static SessionFolder? FolderOf(StateFolder state, RunView view, TaskView task, AttemptView attempt) =>
        attempt.Folder is null ? null : new SessionFolder(state.Isolation, SessionName.Parse(NameOf(view.Id, task.Definition)));

    /// <summary>The workspace of another task that this one works in too, based on what was done there last; null: it has its own.</summary>
    public static Workspace? SharedWorkspace(RunView view, TaskView task)
    {
        if (task.Workspace is { Owner: not null } joined)
            return joined;
        if (task.Workspace is not null)
            return null;
        var settings = task.Definition.Session;
        if (Earlier(view, task).LastOrDefault(other => other.Workspace is not null) is { } before)
            return Joined(view, before);
        return settings.Isolation == IsolationLevel.SharedContext && task.Definition.Parent is { } parent && view.Tasks[parent] is { Workspace: not null } host
            ? Joined(view, host)
            : null;
    }

    /// <summary>Why a task that works in another one's workspace does not get a fresh one.</summary>
    public static CloisterException CannotBeginAfresh(TaskRef task, Workspace shared) =>
        new("workspace.shared", $"{task} works in the workspace of {shared.Owner}: it cannot begin afresh alone", "retry without --clean");

    /// <summary>Tasks that work in the workspace of this one.</summary>
    public static IEnumerable<TaskView> Guests(RunView view, TaskView owner) =>
        view.Tasks.Values.Where(task => task.Workspace?.Owner is { } host && host.Task == owner.Definition.Id);

    /// <summary>True while the task's workspace is wanted: by a guest that has not ended, or by a session to which tasks may come.</summary>
    public static bool WantsWorkspace(RunView view, TaskView owner) =>
        Guests(view, owner).Any(guest => !guest.Ended)
        || (owner.Definition.Session.Name is { } name && (view.Sessions.GetValueOrDefault(name) is { IsOpen: true } || TasksOf(view, owner).Any(task => !task.Ended)));

    private static Workspace Joined(RunView view, TaskView host) => host.Workspace! with
    {
        Owner = host.Workspace.Owner ?? new TaskRef(view.Id, host.Definition.Id),
        BaseCommit = host.Work?.Commit ?? host.Workspace.BaseCommit,
        Created = false,
        // What the one before was to settle and did not is still there.
        Conflicts = TaskMachine.IsSuccess(host.State) ? null : host.Workspace.Conflicts,
    };
}
