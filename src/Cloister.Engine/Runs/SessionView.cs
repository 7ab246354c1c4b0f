using Cloister.Plans;

namespace Cloister.Runs;

/// <summary>A session that is opened by name: several tasks, one after another, by the same specialist in the same workspace.</summary>
/// <param name="Name">Its name, unique in the state folder.</param>
/// <param name="Agent">Who does its tasks.</param>
/// <param name="Settings">How it is kept apart and spoken with; its name stands in it too.</param>
/// <param name="Workspace">Where it works; null: a worktree in a git repository, a fresh directory otherwise.</param>
/// <param name="Files">Files its agents read first, relative to the project.</param>
public sealed record NamedSession(string Name, string Agent, SessionSettings Settings, TaskWorkspace? Workspace, IReadOnlyList<string> Files);

/// <summary>A named session as the journal tells it; its tasks are those of the run that carry its name.</summary>
/// <param name="Session">What it was opened as.</param>
/// <param name="OpenedAt">When it was first opened.</param>
/// <param name="ClosedAt">Since when it takes no more tasks; null while it does.</param>
public sealed record SessionView(NamedSession Session, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt)
{
    /// <summary>True while tasks may come to it.</summary>
    public bool IsOpen => ClosedAt is null;
}
