using Cloister.Runs;
using Cloister.Server.References;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>What a session_id means: a named session, or the session that a task is by itself.</summary>
/// <param name="Run">Its run.</param>
/// <param name="Named">The named session, or null.</param>
/// <param name="Task">The task that it works on, did last or does next; null: a named session without any.</param>
internal sealed record SessionTarget(RunView Run, SessionView? Named, TaskView? Task)
{
    /// <summary>Its name.</summary>
    public string Id => Named?.Session.Name ?? SessionThread.NameOf(Run.Id, Task!.Definition);

    /// <summary>The tasks that an agent of it does, did or is to do.</summary>
    public IEnumerable<TaskView> Tasks => Named is null ? [Task!] : TasksOf(Run, Named.Session.Name);

    /// <summary>The same as the run is now.</summary>
    public SessionTarget In(RunView run) => Named is null
        ? new SessionTarget(run, null, run.TaskOf(Task!.Definition.Id))
        : OfNamed(run, run.Sessions[Named.Session.Name]);

    public static SessionTarget OfNamed(RunView run, SessionView session) => new(run, session, Foremost([.. TasksOf(run, session.Session.Name)]));

    private static IEnumerable<TaskView> TasksOf(RunView run, string session) => run.TasksInOrder.Where(task => task.Definition.Session.Name == session && !task.Removed);

    // Who looks at a session wants to see what it does; else what it did last; else what waits for it.
    private static TaskView? Foremost(IReadOnlyList<TaskView> tasks) =>
        tasks.FirstOrDefault(task => task.LiveAttempt is not null)
        ?? tasks.Where(task => task.Attempt is not null).MaxBy(task => task.Attempt!.Fence)
        ?? tasks.FirstOrDefault(task => !task.Ended)
        ?? (tasks.Count == 0 ? null : tasks[^1]);
}

/// <summary>Finds sessions by what somebody calls them.</summary>
/// <param name="desk">The runs.</param>
internal sealed class SessionLookup(SeedDesk desk)
{
    // A name that no newer run knows is a mistake, not one of last year.
    private const int MostBoards = 20;

    // As many as somebody reads to find the one that was meant.
    private const int MostNames = 20;

    /// <summary>The run that has a named session, or null.</summary>
    public async Task<RunView?> HolderAsync(string name, CancellationToken cancellationToken) =>
        await HolderAsync(name, await desk.Orchestrator.ListAsync(all: true, cancellationToken), cancellationToken);

    /// <summary>The session that a name means: of a named session, <c>r7-api</c>, <c>r7/api</c>, or the id of a Claude conversation.</summary>
    /// <exception cref="CloisterException"><c>session.unknown</c>: there is none.</exception>
    public async Task<SessionTarget> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (RefResolver.Full(name) is TaskTarget or AttemptTarget)
            return await OfTaskAsync(name, cancellationToken);
        var runs = await desk.Orchestrator.ListAsync(all: true, cancellationToken);
        if (await HolderAsync(name, runs, cancellationToken) is { } holder)
            return SessionTarget.OfNamed(holder, holder.Sessions[name]);
        if (runs.SelectMany(run => run.Tasks).FirstOrDefault(row => row.SessionName == name || row.Session?.ToString("D") == name) is { } row)
            return await OfTaskAsync(new TaskRef(row.Run, row.Task).ToString(), cancellationToken);
        var known = await KnownAsync(runs, cancellationToken);
        throw new CloisterException(
            "session.unknown", $"there is no session \"{Plain.Line(name, 80)}\"",
            DidYouMean.Phrase(name, known) ?? (known.Count == 0 ? "orchestrator_spawn_isolated_session opens one" : $"there are: {string.Join(", ", known)}"));
    }

    // Names that somebody gave come first; a task that has not begun has no session yet.
    private async Task<IReadOnlyList<string>> KnownAsync(IReadOnlyList<RunSummary> runs, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        foreach (var run in runs.Where(run => run.Board).Take(MostBoards))
            names.AddRange((await desk.Orchestrator.GetAsync(run.Run, cancellationToken)).Sessions.Values.OrderBy(session => session.OpenedAt).Select(session => session.Session.Name));
        names.AddRange(runs.SelectMany(run => run.Tasks).Where(row => row.Attempt > 0).Select(row => row.SessionName).OfType<string>());
        return [.. names.Distinct(StringComparer.Ordinal).Take(MostNames)];
    }

    private async Task<SessionTarget> OfTaskAsync(string reference, CancellationToken cancellationToken)
    {
        var (run, task) = await desk.TaskAsync(reference, cancellationToken);
        return task.Definition.Session.Name is { } name && run.Sessions.TryGetValue(name, out var session)
            ? SessionTarget.OfNamed(run, session) with { Task = task }
            : new SessionTarget(run, null, task);
    }

    private async Task<RunView?> HolderAsync(string name, IReadOnlyList<RunSummary> runs, CancellationToken cancellationToken)
    {
        foreach (var run in runs.Where(run => run.Board).Take(MostBoards))
        {
            var view = await desk.Orchestrator.GetAsync(run.Run, cancellationToken);
            if (view.Sessions.ContainsKey(name))
                return view;
        }
        return null;
    }
}
