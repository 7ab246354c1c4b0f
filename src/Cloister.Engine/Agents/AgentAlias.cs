namespace Cloister.Agents;

/// <summary>A name that stands for another agent with something said beforehand.</summary>
/// <param name="Name">As tasks refer to it.</param>
/// <param name="Of">The agent it is made from, whoever wrote that.</param>
/// <param name="Model">The model it runs on.</param>
/// <param name="ReadsOnly">True when the name promises an agent that changes nothing, whatever the one it is made from may do.</param>
internal sealed record AgentAlias(string Name, string Of, string Model, bool ReadsOnly)
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<AgentAlias> All =
    [
        new("coder-haiku", BuiltInAgents.CoderName, "haiku", ReadsOnly: false),
        new("debugger-haiku", "debugger", "haiku", ReadsOnly: false),
        new("tester-haiku", "tester", "haiku", ReadsOnly: false),
        new("reviewer-sonnet", "reviewer", "sonnet", ReadsOnly: true),
        new("security-sonnet", "security-reviewer", "sonnet", ReadsOnly: true),
        new("analyst-sonnet", "researcher", "sonnet", ReadsOnly: true),
    ];

    /// <summary>The alias of this name, or null.</summary>
    public static AgentAlias? Find(string name) => All.FirstOrDefault(alias => alias.Name == name);

    /// <summary>The other of the two names that one specialist has: who defines one of them in a file means both.</summary>
    public static string? Twin(string name) => name switch
    {
        BuiltInAgents.CoderName => BuiltInAgents.ImplementerName,
        BuiltInAgents.ImplementerName => BuiltInAgents.CoderName,
        _ => null,
    };

    /// <summary>The agent that the name stands for.</summary>
    public AgentDefinition Apply(AgentDefinition agent) => agent with
    {
        Name = Name,
        Model = Model,
        DisallowedTools = ReadsOnly ? [.. agent.DisallowedTools.Union(WritingTools.Names, StringComparer.Ordinal)] : agent.DisallowedTools,
    };
}
