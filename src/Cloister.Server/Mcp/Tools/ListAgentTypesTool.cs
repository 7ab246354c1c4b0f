using Cloister.Agents;

namespace Cloister.Server.Mcp.Tools;

/// <summary>An agent as a model chooses it.</summary>
internal sealed record AgentType(string Name, string Description, string? Model, bool Writes);

/// <summary>All agents.</summary>
internal sealed record AgentTypesAnswer(IReadOnlyList<AgentType> Agents);

/// <summary><c>list_agent_types</c>: who could do a task.</summary>
internal static class ListAgentTypesTool
{
    // A line each: the choice is made by it, the agent's own file has the rest.
    private const int DescriptionLength = 80;

    public static McpTool Declaration { get; } = new("list_agent_types", "Agents that can be spawned", [], RunAsync) { ReadOnly = true };

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var catalog = await call.Desk.AgentsAsync(cancellationToken);
        var agents = catalog.Agents.Values
            .Select(entry => entry.Agent)
            .OrderBy(agent => agent.Name, StringComparer.OrdinalIgnoreCase)
            .Select(agent => new AgentType(agent.Name, Plain.Line(agent.Description, DescriptionLength), agent.Model, WritingTools.MayWrite(agent)))
            .ToList();
        var lines = agents.Select(agent => $"{agent.Name}{(agent.Writes ? "" : " (reads only)")}{(agent.Model is { } model ? $" [{model}]" : "")}: {agent.Description}");
        return ToolAnswer.Of(new AgentTypesAnswer(agents), McpJson.Readable.AgentTypesAnswer, string.Join('\n', lines));
    }
}
