namespace Cloister.Server.Mcp;

/// <summary>One call of a tool: what it was told, by whom, and what it works with.</summary>
/// <param name="Desk">The runs and the project.</param>
/// <param name="Arguments">What it was told.</param>
/// <param name="Caller">Who called.</param>
internal sealed record ToolCall(McpDesk Desk, ToolArguments Arguments, McpCaller Caller)
{
    /// <summary>Everything that is done goes through it.</summary>
    public IOrchestrator Orchestrator => Desk.Orchestrator;

    /// <summary>The value of a parameter.</summary>
    public T Get<T>(Parameter<T> parameter) => Arguments.Get(parameter);
}
