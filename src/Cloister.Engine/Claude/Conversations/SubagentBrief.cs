using System.Text.Encodings.Web;
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
    // Read by a model, which would have to undo every escape.
    private static readonly JsonSerializerOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(AgentTask task)
    {
        var input = JsonSerializer.Serialize(
            new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["description"] = "Do the task",
                ["subagent_type"] = ControlMessages.SubagentName,
                ["run_in_background"] = false,
                ["prompt"] = Told(task),
            },
            Plainly);
        var answered = task.ResultSchema is null
            ? "repeat its answer word for word as your own, and end."
            : "give the JSON at the end of its answer as the structured output, unchanged.";
        return $"""
            Do nothing of the following yourself. Call the Agent tool once, with exactly this input:

            {input}

            When it has answered, {answered} Should another message reach you later, call the Agent tool again with it and with all that it has to know: it has forgotten the first call.
            """;
    }

    // The tool for structured results is the outer conversation's.
    private static string Told(AgentTask task)
    {
        var schema = task.ResultSchema is { } wanted ? $"End your answer with your result as JSON that matches this schema: {wanted.GetRawText()}" : "";
        string[] parts = [task.Context, task.Prompt, schema];
        return string.Join("\n\n", parts.Where(part => part.Length > 0));
    }
}
