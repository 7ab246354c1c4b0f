using Cloister.SessionFiles;

namespace Cloister.Runs.Projection;

/// <summary>A session as programs know it that watch sessions instead of tasks. Pure.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Task">The task it works on, or worked on last; null: it has had none.</param>
/// <param name="Attempt">The newest attempt in it; null: none has begun.</param>
/// <param name="Agent">Who does its work.</param>
/// <param name="Status">How it is.</param>
/// <param name="IsAlive">True while something may still happen in it.</param>
/// <param name="ProcessId">The agent's process; null while there is none.</param>
/// <param name="CreatedAt">When there was first something for it to do, or it was opened.</param>
/// <param name="StartedAt">When its first agent answered.</param>
/// <param name="CompletedAt">When it ended; null while it has not.</param>
/// <param name="Timeout">How long one attempt may take.</param>
/// <param name="AutoRecovery">True when a crash or a standstill is retried without a person.</param>
internal sealed record SessionFacts(
    string Name,
    TaskView? Task,
    AttemptView? Attempt,
    string Agent,
    SessionStatus Status,
    bool IsAlive,
    int? ProcessId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    TimeSpan Timeout,
    bool AutoRecovery)
{
    /// <summary>Sessions of a run: those that were opened, and those that have or had something to do.</summary>
    public static IEnumerable<string> NamesIn(RunView view) => view.Mail.Boxes.Keys.Union(view.Sessions.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>Sessions that what happens to a task may change.</summary>
    public static IEnumerable<string> NamesOf(RunView view, TaskView task) => (view.Mail.SessionsOf.GetValueOrDefault(task.Definition.Id) ?? [])
        .Append(SessionThread.NameOf(view.Id, task.Definition))
        .Distinct(StringComparer.Ordinal)
        .Where(name => view.Mail.Boxes.ContainsKey(name) || view.Sessions.ContainsKey(name));

    /// <summary>The session of this name, which is one of <see cref="NamesIn"/>.</summary>
    public static SessionFacts Of(RunView view, string name)
    {
        var opened = view.Sessions.GetValueOrDefault(name);
        var box = view.Mail.Boxes.GetValueOrDefault(name);
        var attempts = (box?.Tasks ?? []).SelectMany(id => view.Tasks[id].Attempts.Where(attempt => SessionThread.NameOf(view.Id, id, attempt.Folder) == name).Select(attempt => (Task: id, Attempt: attempt))).ToList();
        var newest = attempts.Count == 0 ? default : attempts.MaxBy(one => one.Attempt.Fence);
        var task = (newest.Task ?? box?.Tasks[^1]) is { } id ? view.Tasks[id] : null;
        var live = task is not null && task.LiveAttempt is { Outcome: null } current && current == newest.Attempt;
        var status = task is null ? OfNoTask(opened!) : StatusOf(view, name, task, newest.Attempt);
        return new SessionFacts(
            name,
            task,
            newest.Attempt,
            newest.Attempt?.Agent ?? opened?.Session.Agent ?? task!.Definition.Agent,
            status,
            TakesMore(view, name) || (task is { Ended: false } && (newest.Attempt is null || newest.Attempt == task.Attempt)),
            live ? newest.Attempt!.ProcessId : null,
            opened is not null && !(box?.Since < opened.OpenedAt) ? opened.OpenedAt : box!.Since,
            attempts.Min(one => one.Attempt.StartedAt),
            status is SessionStatus.Completed or SessionStatus.Failed or SessionStatus.Timeout ? task?.EndedAt ?? newest.Attempt?.EndedAt ?? opened?.ClosedAt : null,
            task?.Definition.Timeout ?? view.Plan.Defaults.Timeout,
            task?.Definition.Session.AutoRecovery ?? opened!.Session.Settings.AutoRecovery);
    }

    private static SessionStatus OfNoTask(SessionView opened) => opened.IsOpen ? SessionStatus.Waiting : SessionStatus.Completed;

    private static SessionStatus StatusOf(RunView view, string name, TaskView task, AttemptView? newest)
    {
        // Its task has gone on elsewhere: what is left to say is how it went here.
        if (newest is not null && newest != task.Attempt)
            return Ended(newest);
        if (newest is not null && task.State == TaskState.HandedOut)
            return Ended(newest);
        return TaskMachine.IsSuccess(task.State) && TakesMore(view, name) ? SessionStatus.Waiting : SessionStatuses.Of(task.State, task.Reason);
    }

    private static SessionStatus Ended(AttemptView attempt) => attempt.Outcome switch
    {
        { Verdict: Sessions.AgentVerdict.Succeeded } => SessionStatus.Completed,
        { Reason: TaskReason.Timeout } => SessionStatus.Timeout,
        _ => SessionStatus.Failed,
    };

    private static bool TakesMore(RunView view, string name) =>
        view.Sessions.GetValueOrDefault(name) is { IsOpen: true }
        || view.Tasks.Values.Any(task => task.Definition.Session.Name == name && task.Copies is null && (task.State == TaskState.Queued || task.LiveAttempt is not null));
}
