using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>Tasks that share a session: one workspace, one agent, one after another.</summary>
internal static class SessionCheck
{
    public static void Check(ReadPlan plan, ProblemList problems)
    {
        foreach (var session in plan.Tasks.Where(task => task.Task.Session.Name is not null).GroupBy(task => task.Task.Session.Name!, StringComparer.Ordinal))
        {
            var first = session.First();
            foreach (var task in session.Skip(1))
                Check(session.Key, first, task, problems);
        }
    }

    /// <summary>Says which tasks of a wave do not start together after all.</summary>
    public static void Tell(IReadOnlyList<IReadOnlyList<string>> waves, PlanPlaces places, ProblemList problems)
    {
        var byId = places.Tasks.ToDictionary(task => task.Task.Id, StringComparer.Ordinal);
        foreach (var shared in waves.SelectMany(wave => wave.Select(id => byId[id]).Where(task => task.Task.Session.Name is not null).GroupBy(task => task.Task.Session.Name!, StringComparer.Ordinal)))
        {
            if (shared.Skip(1).Any())
                problems.Note(
                    "plan.session",
                    $"tasks {string.Join(", ", shared.Select(task => $"\"{task.Task.Id}\""))} share the session \"{shared.Key}\": they run one after another",
                    shared.Last().Id);
            else if (shared.First() is { Task.Matrix.Count: > 0 } copies)
                problems.Note("plan.session", $"the copies of \"{copies.Task.Id}\" share the session \"{shared.Key}\": they run one after another", copies.Id);
        }
    }

    private static void Check(string session, ReadTask first, ReadTask task, ProblemList problems)
    {
        if (!MayBeOne(first.Task.Workspace, task.Task.Workspace))
            problems.Error(
                "plan.session", $"tasks \"{first.Task.Id}\" and \"{task.Task.Id}\" share the session \"{session}\" and not their workspace", task.Workspace ?? task.Id,
                help: "give them the same workspace, or sessions of their own");
        if (first.Task.Agent != task.Task.Agent && task.Task.Session.Preserve == ContextPreservation.Session)
            problems.Warning(
                "plan.session", $"task \"{task.Task.Id}\" goes on with a conversation that agent \"{first.Task.Agent}\" has begun", task.Agent ?? task.Id,
                "for a fresh conversation that knows what was achieved say preserve: task");
    }

    // What says nothing gets a worktree or a directory, and never the project's own.
    private static bool MayBeOne(TaskWorkspace? one, TaskWorkspace? other) =>
        one == other || (one is null && other != TaskWorkspace.Current) || (other is null && one != TaskWorkspace.Current);
}
