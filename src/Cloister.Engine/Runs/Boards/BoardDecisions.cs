using Cloister.Agents;
using Cloister.Artifacts;
using Cloister.Plans;
using Cloister.Plans.Expressions;
using Cloister.SessionFiles;

namespace Cloister.Runs.Boards;

/// <summary>What a request about planned tasks and named sessions means for a run, as facts; or why it cannot be done. Pure.</summary>
internal static class BoardDecisions
{
    // A board that holds more is several projects; every one of its tasks is in every view of the run.
    private const int MostTasks = PlanLimits.Tasks;
    private const int MostSessions = 100;

    public static IReadOnlyList<RunEvent> Add(RunView view, AddTasksCommand add, IReadOnlyDictionary<string, AgentDefinition> agents, DateTimeOffset now)
    {
        if (view.Tasks.Values.Any(task => task.AddedBy == add.Key))
            return [];
        if (view.Order.Count + add.Tasks.Count > MostTasks)
            throw new CloisterException("board.full", $"{view.Id} would have more than {MostTasks} tasks", "finish this one, then plan on a new one");
        var known = view.Order.ToHashSet(StringComparer.Ordinal);
        foreach (var task in add.Tasks)
        {
            if (!known.Add(task.Id))
                throw new CloisterException("task.exists", $"{view.Id} has a task \"{task.Id}\" already", "give it another name");
        }
        foreach (var task in add.Tasks)
        {
            if (task.Needs.Concat(task.After).Append(task.Parent).FirstOrDefault(id => id is not null && !known.Contains(id)) is { } missing)
                throw new CloisterException("task.unknown", $"task \"{task.Id}\" names \"{missing}\", which {view.Id} does not have", $"its tasks: {string.Join(", ", view.Order.Take(20))}");
        }
        RefuseCircles(view, add.Tasks);
        return add.Tasks.Select(task => new TaskAdded(task.Id, task, add.Key, agents.GetValueOrDefault(task.Agent), now)).ToList<RunEvent>();
    }

    public static IReadOnlyList<RunEvent> Open(RunView view, NamedSession session, AgentDefinition agent, DateTimeOffset now)
    {
        if (!SessionName.TryParse(session.Name, out _, out var whyNot))
            throw new CloisterException("session.name", whyNot, "such as backend or review-2");
        if (SessionThread.IsReserved(session.Name))
            throw new CloisterException("session.name", $"\"{session.Name}\" is what the session of a task or a plan is called", "choose a name that does not begin with the number of a run");
        if (view.Sessions.TryGetValue(session.Name, out var known) && known.IsOpen && IsSame(known.Session, session))
            return [];
        return view.Sessions.Count < MostSessions || view.Sessions.ContainsKey(session.Name)
            ? [new SessionOpened(session, agent, now)]
            : throw new CloisterException("session.many", $"{view.Id} has {MostSessions} sessions", "close some of them: orchestrator_monitor_isolated_execution, action kill");
    }

    public static IReadOnlyList<RunEvent> Close(RunView view, string name, DateTimeOffset now)
    {
        if (!view.Sessions.TryGetValue(name, out var session))
            throw new CloisterException("session.unknown", $"{view.Id} has no session \"{name}\"", $"its sessions: {string.Join(", ", view.Sessions.Keys.Order(StringComparer.Ordinal))}");
        return session.IsOpen ? [new SessionClosed(name, now)] : [];
    }

    public static IReadOnlyList<RunEvent> Release(RunView view, string? name, ReleaseCommand release, AgentDefinition? newcomer, DateTimeOffset now)
    {
        var task = One(view, name, "release");
        if (!TaskMachine.Allows(task.State, TaskMove.Release))
            throw new CloisterException("task.state", $"{Ref(view, task)} is {Word(task.State)}", "cloister retry begins a task again that has ended");
        if (task.Definition.Needs.FirstOrDefault(id => view.Tasks[id].State == TaskState.Planned) is { } planned)
            throw new CloisterException("task.needs", $"{Ref(view, task)} needs {view.Id}/{planned}, which is only planned", $"execute {view.Id}/{planned} first");
        var agent = release.Agent ?? task.Definition.Agent;
        if (newcomer is null && !view.Agents.ContainsKey(agent))
            throw new CloisterException("agent.unknown", $"run {view.Id} knows no agent \"{agent}\"", $"its agents: {string.Join(", ", view.Agents.Keys.Order(StringComparer.Ordinal))}");
        var session = release.Session ?? task.Definition.Session;
        if (session.Name is { } wanted && view.Sessions.GetValueOrDefault(wanted) is { IsOpen: false })
            throw new CloisterException("session.closed", $"the session {wanted} takes no more tasks", "open it again, or name another");
        var files = session.Name is { } joined && view.Sessions.TryGetValue(joined, out var named) ? named.Session.Files : [];
        var definition = task.Definition with
        {
            Context = files.Count == 0 ? task.Definition.Context : [.. task.Definition.Context.Union(files.Select(Template.Literal), StringComparer.Ordinal)],
            Agent = agent,
            Model = release.Model ?? task.Definition.Model,
            Timeout = release.Timeout ?? task.Definition.Timeout,
            BudgetUsd = release.BudgetUsd ?? task.Definition.BudgetUsd,
            Workspace = release.Workspace ?? task.Definition.Workspace,
            AllowWrites = release.AllowWrites || task.Definition.AllowWrites,
            Session = session,
        };
        return [new TaskReleased(task.Definition.Id, definition, newcomer, now, Next(task, definition))];
    }

    public static IReadOnlyList<RunEvent> HandOut(RunView view, string? name, HandOutCommand handOut, DateTimeOffset now, Artifact? detail = null)
    {
        var task = One(view, name, "hand out");
        var id = task.Definition.Id;
        // Two who ask at once, or one who asks again, take the same task.
        var (why, report) = (handOut.AskedFor ? null : handOut.Why ?? task.FallbackReason, handOut.Report ?? task.Report);
        if (task.State == TaskState.HandedOut && (why, report) == (task.FallbackReason, task.Report) && detail is null)
            return [];
        return TaskMachine.Allows(task.State, TaskMove.HandOut)
            ? [.. detail is null ? (RunEvent[])[] : [new CallerArtifactKept(id, detail)], Handed(task, handOut, now)]
            : throw new CloisterException("task.state", $"{Ref(view, task)} is {Word(task.State)}", "what an agent works on is stopped first: cloister stop REF");
    }

    // Who asks to do what they have already says where, not that their report is settled.
    private static TaskHandedOut Handed(TaskView task, HandOutCommand handOut, DateTimeOffset now) => new(task.Definition.Id, handOut.AskedFor ? null : handOut.Why, now)
    {
        Report = handOut.Report ?? (handOut.AskedFor ? task.Report : null),
        AskedFor = handOut.AskedFor,
    };

    public static IReadOnlyList<RunEvent> Complete(RunView view, string? name, CompleteCommand complete, IReadOnlyList<Artifact> artifacts, DateTimeOffset now)
    {
        var task = One(view, name, "complete");
        if (!TaskMachine.Allows(task.State, TaskMove.Complete) || task.State is TaskState.Queued or TaskState.Working)
            throw new CloisterException("task.state", $"{Ref(view, task)} is {Word(task.State)}", "its own agent reports it as done");
        var id = task.Definition.Id;
        return
        [
            .. artifacts.Select(artifact => new CallerArtifactKept(id, artifact)),
            new TaskSucceeded(id, WaitsForReview: false, complete.Summary, Result: null, now),
        ];
    }

    public static IReadOnlyList<RunEvent> SetPolicy(RunView view, string? name, SetPolicyCommand policy)
    {
        var chosen = name is null ? view.TasksInOrder.Where(task => !task.Ended) : [view.TaskOf(name)];
        return chosen
            .Where(task => (policy.OnTimeout ?? task.Definition.Session.OnTimeout, policy.AutoRecovery ?? task.Definition.Session.AutoRecovery)
                != (task.Definition.Session.OnTimeout, task.Definition.Session.AutoRecovery))
            .Select(task => new TaskPolicySet(task.Definition.Id, policy.OnTimeout, policy.AutoRecovery))
            .ToList<RunEvent>();
    }

    // Lists in records are compared by what they are, not by what is in them.
    private static bool IsSame(NamedSession known, NamedSession session) =>
        known.Files.SequenceEqual(session.Files, StringComparer.Ordinal) && known with { Files = session.Files } == session;

    // Begun before, it goes on with its conversation, unless it is to be another kind of session now.
    private static NextAttempt? Next(TaskView task, PlanTask definition)
    {
        if (task.Attempt is null)
            return null;
        var (before, after) = (task.Definition.Session, definition.Session);
        var isSameKind = (before.Name, before.Isolation, before.Communication, before.Mode) == (after.Name, after.Isolation, after.Communication, after.Mode)
            && task.Definition.Agent == definition.Agent;
        return isSameKind && task.Attempt.Outcome is { Resumable: true } && task.Reason != TaskReason.Context
            ? new NextAttempt(Conclusion.GoOn, Resume: true)
            : new NextAttempt(Prompt: null, Resume: false, Note: "An earlier attempt was cut short; what it made is in this workspace.");
    }

    private static void RefuseCircles(RunView view, IReadOnlyList<PlanTask> added)
    {
        var open = added.ToDictionary(task => task.Id, task => task.Needs.Concat(task.After).Where(id => !view.Tasks.ContainsKey(id)).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        while (open.Where(pair => pair.Value.Count == 0).Select(pair => pair.Key).ToList() is { Count: > 0 } free)
        {
            foreach (var id in free)
                open.Remove(id);
            foreach (var needs in open.Values)
                needs.ExceptWith(free);
        }
        if (open.Count > 0)
            throw new CloisterException("task.cycle", $"these tasks wait for each other: {string.Join(", ", open.Keys)}", "leave one of their dependencies out");
    }

    private static TaskView One(RunView view, string? name, string verb) => name is null
        ? throw new CloisterException("task.which", $"{verb} one task of {view.Id} at a time", $"its tasks: {string.Join(", ", view.Order.Take(20))}")
        : view.TaskOf(name);

    private static string Ref(RunView view, TaskView task) => $"{view.Id}/{task.Definition.Id}";

    private static string Word(TaskState state) => state == TaskState.HandedOut ? "handed out" : state.ToString().ToLowerInvariant();
}
