using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>Where an isolated task works. Pure.</summary>
/// <param name="Workspace">The word that holds: as it was given, or what holds when nothing was said.</param>
/// <param name="Session">The named session that the task joins, opened or to be opened; null: a session of its own.</param>
internal sealed record SessionChoice(string Workspace, NamedSession? Session)
{
    /// <param name="board">The board of the task.</param>
    /// <param name="task">The task.</param>
    /// <param name="agent">Its specialist.</param>
    /// <param name="word"><c>claude_code_workspace</c> as it was given; null: it was left out.</param>
    public static SessionChoice Of(RunView board, TaskView task, string agent, string? word)
    {
        var open = NewestOf(board, agent);
        return word switch
        {
            SeedWords.Current => new SessionChoice(SeedWords.Current, null),
            SeedWords.New => new SessionChoice(SeedWords.New, null),
            SeedWords.Persistent => new SessionChoice(SeedWords.Persistent, Own(board, task) ?? open ?? Fresh(board, agent)),
            _ when Own(board, task) is { } own => new SessionChoice(SeedWords.Persistent, own),
            // Somebody opened a session for such tasks; unless it is to carry nothing over, that is where they are wanted.
            _ when open is { Settings.Preserve: not ContextPreservation.None } => new SessionChoice(SeedWords.Persistent, open),
            _ => new SessionChoice(SeedWords.New, null),
        };
    }

    /// <summary>What the release of the task says about its session and workspace.</summary>
    /// <param name="task">The task.</param>
    /// <param name="communication">As it was given; null: as its session or plan has it.</param>
    /// <param name="sharesParents">True when the parent's agent has a workspace that a session with shared context joins.</param>
    public ReleaseCommand Release(TaskView task, Communication? communication, bool sharesParents)
    {
        var settings = Session?.Settings ?? task.Definition.Session with { Name = null };
        settings = settings with
        {
            Communication = communication ?? settings.Communication,
            ContextLimit = settings.ContextLimit ?? task.Definition.Session.ContextLimit,
        };
        var inCurrent = Workspace == SeedWords.Current || (Session is { Workspace: TaskWorkspace.Current } && !sharesParents);
        return new ReleaseCommand
        {
            Session = settings,
            Agent = Session?.Agent,
            Workspace = inCurrent ? TaskWorkspace.Current : null,
            AllowWrites = inCurrent,
        };
    }

    /// <summary>The session that is opened when none is there: named after its specialist, or the next name that is free.</summary>
    public static NamedSession Fresh(RunView board, string agent)
    {
        var wanted = Name(agent);
        for (var number = 1; ; number++)
        {
            var name = number == 1 ? wanted : $"{wanted}-{number}";
            if (!board.Sessions.TryGetValue(name, out var taken))
                return Named(name, agent);
            // Closed by the same specialist: opened again it is the same one.
            if (!taken.IsOpen && SeedWords.IsSame(taken.Session.Agent, agent))
                return taken.Session;
        }
    }

    /// <summary>A session of this name with what holds when nothing is said.</summary>
    public static NamedSession Named(string name, string agent) =>
        new(name, agent, SessionSettings.Standard with { Name = name, ContextLimit = TaskDraft.ContextLimit }, Workspace: null, Files: []);

    private static NamedSession? Own(RunView board, TaskView task) =>
        task.Definition.Session.Name is { } name && board.Sessions.TryGetValue(name, out var session) && session.IsOpen ? session.Session : null;

    private static NamedSession? NewestOf(RunView board, string agent) => board.Sessions.Values
        .Where(session => session.IsOpen && SeedWords.IsSame(session.Session.Agent, agent))
        .OrderByDescending(session => session.OpenedAt).ThenByDescending(session => session.Session.Name, StringComparer.Ordinal)
        .FirstOrDefault()?.Session;

    // An agent's name may hold a colon, a session's is a folder.
    private static string Name(string agent) => new([.. agent.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]);
}
