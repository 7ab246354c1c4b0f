using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Prompts;

/// <summary>Prompts that people type as commands: <c>/mcp__cloister__spawn-coder add a health endpoint</c>.</summary>
/// <param name="desk">The project's agents.</param>
internal sealed class PromptDispatch(McpDesk desk)
{
    private const string Spawn = "spawn-";
    private const string Task = "task";
    private const string Goal = "goal";

    // A prompt's description is a line of a menu.
    private const int DescriptionLength = 120;

    /// <summary>One for each agent, and two for the whole.</summary>
    public async ValueTask<ListPromptsResult> ListAsync(CancellationToken cancellationToken)
    {
        var catalog = await desk.AgentsAsync(cancellationToken);
        var agents = catalog.Agents.Values.Select(entry => entry.Agent).OrderBy(agent => agent.Name, StringComparer.OrdinalIgnoreCase);
        return new ListPromptsResult
        {
            Prompts =
            [
                .. agents.Select(agent => new Prompt
                {
                    Name = Spawn + agent.Name,
                    Description = $"Hand a task to an isolated agent: {Plain.Line(agent.Description, DescriptionLength)}",
                    Arguments = [new PromptArgument { Name = Task, Description = "What it shall do", Required = true }],
                }),
                new Prompt
                {
                    Name = "plan",
                    Description = "Split a goal into tasks for isolated agents, and run them when you agree",
                    Arguments = [new PromptArgument { Name = Goal, Description = "What shall be reached", Required = true }],
                },
                new Prompt { Name = "standup", Description = "What needs you, what runs, what is done" },
            ],
        };
    }

    /// <summary>A prompt with its arguments filled in.</summary>
    public async ValueTask<GetPromptResult> GetAsync(GetPromptRequestParams request, CancellationToken cancellationToken)
    {
        if (request.Name.StartsWith(Spawn, StringComparison.Ordinal))
        {
            var name = await AgentAsync(request.Name[Spawn.Length..], cancellationToken);
            return Message(
                $"Call spawn_agent with agent \"{name}\". The agent sees nothing of this conversation: write a prompt that stands alone (goal, files, limits, how to check) from what follows. "
                + $"Then tell me its ref in one line and go on; do not wait.\n\n{Argument(request, Task)}");
        }
        return request.Name switch
        {
            "plan" => Message(
                "Split this goal into tasks that separate agents can do, each with its own context and git worktree. Prefer few tasks that do not touch the same files; say with needs what builds on what. "
                + "Each prompt has to stand alone. Call plan_run with start=false, show me the waves and warnings, and start it when I agree. "
                + $"Then check with wait_s, bring me what needs_you lists, and at the end read the summaries and preview the merge.\n\n{Argument(request, Goal)}"),
            "standup" => Message(
                "Call check without refs. Tell me first what needs me (question, options, and how I answer), then what failed, what is ready for review, what runs, and what it has cost. One line each, with refs."),
            _ => throw new McpProtocolException($"there is no prompt \"{Plain.Line(request.Name)}\"", McpErrorCode.InvalidParams),
        };
    }

    private async Task<string> AgentAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await desk.AgentsAsync(cancellationToken)).Entry(name).Agent.Name;
        }
        catch (CloisterException unknown)
        {
            throw new McpProtocolException(ToolDispatch.Words(unknown), unknown, McpErrorCode.InvalidParams);
        }
    }

    private static string Argument(GetPromptRequestParams request, string name) =>
        request.Arguments?.TryGetValue(name, out var value) == true && value.ValueKind == System.Text.Json.JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString())
            ? value.GetString()!
            : throw new McpProtocolException($"{request.Name} wants {name}", McpErrorCode.InvalidParams);

    private static GetPromptResult Message(string text) => new()
    {
        Messages = [new PromptMessage { Role = Role.User, Content = new TextContentBlock { Text = text } }],
    };
}
