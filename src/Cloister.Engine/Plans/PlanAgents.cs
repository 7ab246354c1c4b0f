namespace Cloister.Plans;

/// <summary>Agents as far as a plan has to know them.</summary>
/// <param name="Writes">Every known agent by name, and whether it can write files or run commands; null: nobody asked yet.</param>
public sealed record PlanAgents(IReadOnlyDictionary<string, bool>? Writes)
{
    // Claude Code's own agents that only read; everything else is taken to write until its file says otherwise.
    private static readonly string[] ReadOnly = ["Explore", "Plan"];

    /// <summary>No agent is known: names are not checked, and agents are taken to write.</summary>
    public static PlanAgents Unknown { get; } = new(Writes: null);

    /// <summary>False only when it is known.</summary>
    internal bool MayWrite(string agent) =>
        Writes is not null && Writes.TryGetValue(agent, out var writes) ? writes : !ReadOnly.Contains(agent, StringComparer.Ordinal);

    internal bool IsKnown(string agent) => Writes is null || Writes.ContainsKey(agent) || ReadOnly.Contains(agent, StringComparer.Ordinal);
}
