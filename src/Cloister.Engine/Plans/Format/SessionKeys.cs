using System.Globalization;

namespace Cloister.Plans.Format;

/// <summary>Keys of a task that say how its session is kept apart, spoken with and helped over its limits.</summary>
internal static class SessionKeys
{
    /// <summary>Below it an agent has read its tools and instructions, and has no room left to work.</summary>
    public const int LeastContext = 20_000;

    /// <summary>More than the largest window there is: past it a typing slip is likelier than a limit.</summary>
    public const int MostContext = 2_000_000;

    public static PlanKey<Located<string>> Session { get; } = new(
        "session", PlanNames.Session, "the session it shares with other tasks: they work in one workspace, one after another", "a session of its own");

    public static PlanKey<ContextPreservation> Preserve { get; } = new(
        "preserve",
        new WordShape<ContextPreservation>([("session", ContextPreservation.Session), ("task", ContextPreservation.Task), ("none", ContextPreservation.None)]),
        "what it knows of the session's earlier tasks: their whole conversation, what they achieved, or nothing", "`session`");

    public static PlanKey<IsolationLevel> Isolation { get; } = new(
        "isolation",
        new WordShape<IsolationLevel>([("full", IsolationLevel.Full), ("partial", IsolationLevel.Partial), ("shared_context", IsolationLevel.SharedContext)])
        {
            Elsewhere = ("worktree", "say where the agent works with workspace: worktree"),
        },
        "what its agent sees beside the task: nothing, the project's instructions and what it needs, or all that the run has found out", "`partial`");

    public static PlanKey<Communication> Communication { get; } = new(
        "communication", new WordShape<Communication>([("tools", Plans.Communication.Tools), ("files", Plans.Communication.Files)]),
        "how the agent reports and asks: with tools, or with files in the session's folder", "`tools`");

    public static PlanKey<TimeoutHandling> OnTimeout { get; } = new(
        "onTimeout",
        new WordShape<TimeoutHandling>([("fail", TimeoutHandling.Fail), ("extend", TimeoutHandling.Extend), ("handover", TimeoutHandling.Handover)]),
        "when its time is nearly up: it fails, gets more a few times, or hands over to a fresh conversation", "`fail`");

    public static PlanKey<bool> AutoRecovery { get; } = new(
        "autoRecovery", new FlagShape(), "a crash or a standstill is tried again without you", "`true`");

    public static PlanKey<int> ContextLimit { get; } = new(
        "contextLimit", new CountShape(LeastContext, MostContext),
        string.Create(CultureInfo.InvariantCulture, $"tokens of context; above {SharePercent} % of them a fresh conversation takes over"),
        "Claude Code compacts by itself");

    public static PlanKey<ExecutionMode> Mode { get; } = new(
        "mode", new WordShape<ExecutionMode>([("isolated", ExecutionMode.Isolated), ("subagent", ExecutionMode.Subagent)]),
        "a process of its own, or a subagent that one process starts", "`isolated`");

    public static PlanKey<Located<string>> Folder { get; } = new(
        "folder", new FolderShape(), "where in the workspace the agent works", "its top");

    /// <summary>Those that make sense for all tasks.</summary>
    public static IReadOnlyList<PlanKey> All { get; } = [Session, Preserve, Isolation, Communication, OnTimeout, AutoRecovery, ContextLimit, Mode];

    // As the engine has it; a test holds the two together.
    internal const int SharePercent = 90;
}
