using Cloister.Agents;
using Cloister.Plans;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>The words that the orchestrator tools take, and what each means here. The first of a list is what holds when nothing is said.</summary>
internal static class SeedWords
{
    public const string Current = "current", New = "new", Persistent = "persistent";
    public const string Continue = "continue", NeedsRevision = "needs_revision", Blocked = "blocked", Escalate = "escalate";

    public static IReadOnlyList<string> Specialists { get; } = ["architect", "implementer", "debugger", "documenter", "reviewer", "tester", "researcher"];

    public static IReadOnlyList<string> Workspaces { get; } = [Current, New, Persistent];

    public static IReadOnlyList<string> Communications { get; } = ["file_based", "artifact_based"];

    public static IReadOnlyList<string> Preservations { get; } = ["session", "task", "none"];

    public static IReadOnlyList<string> IsolationLevels { get; } = ["full", "partial", "shared_context"];

    public static IReadOnlyList<string> TimeoutHandlings { get; } = ["extend", "fail", "handover"];

    public static IReadOnlyList<string> NextActions { get; } = [Continue, NeedsRevision, Blocked, Escalate];

    public static Communication CommunicationOf(string word) => word == "file_based" ? Communication.Files : Communication.Tools;

    public static ContextPreservation PreservationOf(string word) => word switch
    {
        "session" => ContextPreservation.Session,
        "task" => ContextPreservation.Task,
        _ => ContextPreservation.None,
    };

    public static IsolationLevel IsolationOf(string word) => word switch
    {
        "full" => IsolationLevel.Full,
        "partial" => IsolationLevel.Partial,
        _ => IsolationLevel.SharedContext,
    };

    public static TimeoutHandling TimeoutOf(string word) => word switch
    {
        "extend" => TimeoutHandling.Extend,
        "fail" => TimeoutHandling.Fail,
        _ => TimeoutHandling.Handover,
    };

    /// <summary>The agent that a specialist's name means here: one of that name, else the one that does what older orchestrators called so.</summary>
    /// <exception cref="CloisterException"><c>agent.*</c>: there is none.</exception>
    public static string AgentOf(string? specialist, AgentCatalog catalog, string usual)
    {
        if (specialist is null)
            return catalog.Find(usual).Name;
        var name = specialist.Trim();
        return catalog.Agents.ContainsKey(name) || Older(name) is not { } known ? catalog.Find(name).Name : catalog.Find(known).Name;
    }

    /// <summary>True when both names mean the same specialist.</summary>
    public static bool IsSame(string agent, string other) => agent == other || AgentAlias.Twin(agent) == other;

    private static string? Older(string name) => name switch
    {
        "analyst" => "researcher",
        "coordinator" => "architect",
        "devops" or "generic" => "implementer",
        _ => null,
    };
}
