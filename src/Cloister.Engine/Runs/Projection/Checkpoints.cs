using Cloister.SessionFiles;

namespace Cloister.Runs.Projection;

/// <summary>What is known about an agent's work at a moment when its conversation is shortened or ends.</summary>
internal static class Checkpoints
{
    public static Checkpoint Of(AttemptView attempt, DateTimeOffset at, string reason) => new(
        [.. attempt.Reports],
        attempt.DeclaredLeft is { Length: > 0 } left ? [left] : [],
        [],
        attempt.DeclaredSummary ?? attempt.Handover ?? "",
        [.. attempt.Artifacts.Select(artifact => artifact.Name)],
        at,
        reason);
}
