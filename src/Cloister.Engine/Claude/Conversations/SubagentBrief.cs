using System.Text.Json;
using Cloister.Claude.Protocol;
using Cloister.Sessions;

namespace Cloister.Claude.Conversations;

/// <summary>
/// What the outer conversation is told where a task is done by a subagent: one call of Claude Code's own Agent tool with the task in it,
/// and its answer as the result.
/// </summary>
internal static class SubagentBrief
{
    public static string Of(AgentTask task)
    {
        var input = JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["description"] = "Do the task",
            ["subagent_type"] = ControlMessages.SubagentName,
            ["run_in_background"] = false,
            ["prompt"] = task.Context.Length > 0 ? $"{task.Context}\n\n{task.Prompt}" : task.Prompt,
        });
        return $"""
            Do nothing of the following yourself. Call the Agent tool once, with exactly this input:

            {input}

            When it has answered, repeat its answer word for word as your own, and end.
            """;
    }
}
