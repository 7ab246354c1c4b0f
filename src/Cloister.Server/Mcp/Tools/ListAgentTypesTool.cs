using Cloister.Agents;

namespace Cloister.Server.Mcp.Tools;

/// <summary>An agent as a model chooses it.</summary>
internal sealed record AgentType(string Name, string Description, string? Model, bool Writes);

/// <summary>The agents, and how many more there are than an answer bears.</summary>
internal sealed record AgentTypesAnswer(IReadOnlyList<AgentType> Agents, int? More);

/// <summary><c>list_agent_types</c>: who could do a task.</summary>
internal static class ListAgentTypesTool
{
    // A line each: the choice is made by it, the agent's own file has the rest.
    private const int DescriptionLength = 80;
    private const int ModelLength = 60;

    // Some fifty: nobody chooses among more.
    private const int Length = 5_000;

    // The names of the fields.
    private const int FieldsLength = 40;

    public static McpTool Declaration { get; } = new("list_agent_types", "Agents that can be spawned", [], RunAsync) { ReadOnly = true };

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var catalog = await call.Desk.AgentsAsync(cancellationToken);
        var agents = catalog.Agents.Values
            .Select(entry => entry.Agent)
            .OrderBy(agent => agent.Name, StringComparer.OrdinalIgnoreCase)
            .Select(agent => new AgentType(agent.Name, Plain.Line(agent.Description, DescriptionLength), agent.Model is { } model ? Plain.Line(model, ModelLength) : null, WritingTools.MayWrite(agent)))
            .ToList();
        var (shown, more) = Shortlist.Of(agents, agent => agent.Name.Length + agent.Description.Length + (agent.Model?.Length ?? 0) + FieldsLength, Length);
        var lines = shown.Select(agent => $"{agent.Name}{(agent.Writes ? "" : " (reads only)")}{(agent.Model is { } model ? $" [{model}]" : "")}: {agent.Description}");
        if (more is not null)
            lines = lines.Append($"and {more} more: cloister agent list");
        return ToolAnswer.Of(new AgentTypesAnswer(shown, more), McpJson.Readable.AgentTypesAnswer, string.Join('\n', lines));
    }
}
