using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>Which board a project plans on: the newest on which there is something left to do, or to which tasks may still come. Pure.</summary>
internal static class BoardChoice
{
    /// <summary>What a list says about a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="rehearses">Whether a scenario answers in what is started here: what is rehearsed and what is real never share a board.</param>
    public static BoardLook Look(RunSummary run, bool rehearses) => run switch
    {
        { Board: false } => BoardLook.Closed,
        _ when run.Rehearsed != rehearses => BoardLook.Closed,
        { Tasks: [] } => BoardLook.Open,
        _ when run.Tasks.Any(task => !TaskMachine.IsEnd(task.State)) => BoardLook.Open,
        _ => BoardLook.LookAtSessions,
    };

    /// <summary>True while somebody may expect the next task here: something is unfinished, or a named session waits for it.</summary>
    public static bool IsOpen(RunView run) =>
        run is { Board: true, Removed: false } && (run.Tasks.IsEmpty || run.Tasks.Values.Any(task => !task.Ended) || run.Sessions.Values.Any(session => session.IsOpen));
}

/// <summary>What can be said of a board without its sessions, which stand in no list.</summary>
internal enum BoardLook
{
    /// <summary>Nothing is planned here.</summary>
    Closed,

    /// <summary>Tasks are planned here.</summary>
    Open,

    /// <summary>Only if a named session is still open.</summary>
    LookAtSessions,
}
