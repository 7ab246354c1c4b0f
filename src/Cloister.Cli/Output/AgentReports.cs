using Cloister.Agents;

namespace Cloister.Cli.Output;

/// <summary>A line of <c>agent list</c>.</summary>
/// <param name="Name">As tasks refer to it.</param>
/// <param name="Model">The model it asks for, or null.</param>
/// <param name="Writes">Whether it may change files or run commands.</param>
/// <param name="Origin">Who wrote it.</param>
/// <param name="SameAs">The agent it is made from, or null.</param>
/// <param name="Source">The file it comes from, or <c>built-in</c>.</param>
/// <param name="Description">When to use it.</param>
/// <param name="FileProtocol">The file with what it is told when it works by files, or <c>built-in</c>.</param>
internal sealed record AgentRow(string Name, string? Model, bool Writes, AgentOrigin Origin, string? SameAs, string Source, string Description, string FileProtocol)
{
    public static AgentRow Of(AgentEntry entry, string fileProtocol) => new(
        entry.Agent.Name, entry.Agent.Model, WritingTools.MayWrite(entry.Agent), entry.Origin, entry.SameAs, entry.Agent.Source, entry.Agent.Description, fileProtocol);
}

/// <summary>The answer of <c>agent show</c>.</summary>
/// <param name="Name">As tasks refer to it.</param>
/// <param name="Model">The model it asks for, or null.</param>
/// <param name="Writes">Whether it may change files or run commands.</param>
/// <param name="Origin">Who wrote it.</param>
/// <param name="SameAs">The agent it is made from, or null.</param>
/// <param name="Source">The file it comes from, or <c>built-in</c>.</param>
/// <param name="Description">When to use it.</param>
/// <param name="Tools">The tools it asks for; null: the usual ones.</param>
/// <param name="DisallowedTools">Tools and rules taken away again.</param>
/// <param name="PermissionMode">Claude's own word, or null.</param>
/// <param name="MaxTurns">Model turns an attempt may take, or null.</param>
/// <param name="Prompt">What it is told.</param>
internal sealed record AgentDetails(
    string Name,
    string? Model,
    bool Writes,
    AgentOrigin Origin,
    string? SameAs,
    string Source,
    string Description,
    IReadOnlyList<string>? Tools,
    IReadOnlyList<string> DisallowedTools,
    string? PermissionMode,
    int? MaxTurns,
    string Prompt)
{
    public static AgentDetails Of(AgentEntry entry)
    {
        var agent = entry.Agent;
        return new AgentDetails(
            agent.Name, agent.Model, WritingTools.MayWrite(agent), entry.Origin, entry.SameAs, agent.Source, agent.Description,
            agent.Tools, agent.DisallowedTools, agent.PermissionMode, agent.MaxTurns, agent.Prompt);
    }
}

/// <summary>The answer of <c>agent check</c>.</summary>
/// <param name="Ok">True when every file can be used.</param>
/// <param name="Agents">Agents that can be used.</param>
/// <param name="Problems">What the authors of files should know.</param>
internal sealed record AgentCheckReport(bool Ok, int Agents, IReadOnlyList<AgentFileProblem> Problems);
