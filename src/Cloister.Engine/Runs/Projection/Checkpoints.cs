using Cloister.SessionFiles;

namespace Cloister.Runs.Projection;

/// <summary>What is known about an agent's work at a moment when its conversation is shortened or ends.</summary>
internal static class Checkpoints
{
    /// <summary>The number of a session's newest checkpoint: all that its attempts came to, one after another, so that none takes another's place.</summary>
    public static int NumberIn(RunView view, SessionName session) => view.Tasks.Values
        .SelectMany(task => task.Attempts.Where(attempt => SessionThread.NameOf(view.Id, task.Definition.Id, attempt.Folder) == session.ToString()))
        .Sum(attempt => attempt.Compactions + (attempt is { HandoverAsked: not null, Outcome: not null } ? 1 : 0));

    public static Checkpoint Of(AttemptView attempt, DateTimeOffset at, string reason) => new(
        [.. attempt.Reports],
        attempt.DeclaredLeft is { Length: > 0 } left ? [left] : [],
        [],
        attempt.DeclaredSummary ?? attempt.Handover ?? "",
        [.. attempt.Artifacts.Select(artifact => artifact.Name)],
        at,
        reason);
}
