using Cloister.Claude.Outcomes;
using Cloister.Claude.Protocol;

namespace Cloister.Claude.Conversations;

/// <summary>
/// What became of the subagent that was to do the task. The CLI calls a turn a success whether its model started one or not, and some
/// versions hand on the error of a service as if it were a subagent's words.
/// </summary>
/// <param name="mostTurns">Model turns it may take; null: no limit.</param>
internal sealed class SubagentLog(int? mostTurns)
{
    private readonly HashSet<string> _calls = new(StringComparer.Ordinal);
    private readonly HashSet<string> _turns = new(StringComparer.Ordinal);

    /// <summary>How the last of them ended.</summary>
    public SubagentEnd End { get; private set; } = SubagentEnd.NotStarted;

    public void Observe(StreamEvent line)
    {
        switch (line)
        {
            case AssistantMessage { ParentToolUseId: null } message:
                foreach (var call in message.Content.OfType<ToolUseBlock>().Where(call => IsStart(call.Name)))
                {
                    _calls.Add(call.Id);
                    _turns.Clear();
                    End = SubagentEnd.Failed;
                }
                break;
            // Its last words call no tool: as many calls as it may take turns are one turn too many.
            case AssistantMessage { ParentToolUseId: { } call } message when _calls.Contains(call) && message.Content.Any(block => block is ToolUseBlock):
                _turns.Add(message.Id);
                break;
            case UserMessage { ParentToolUseId: null } message when message.Results.Any(result => _calls.Contains(result.ToolUseId)):
                End = EndOf(message);
                break;
        }
    }

    /// <summary>The tool that starts one.</summary>
    public static bool IsStart(string tool) => tool is "Agent" or "Task";

    private SubagentEnd EndOf(UserMessage message) =>
        _turns.Count >= mostTurns ? SubagentEnd.OutOfTurns
        : message.Results.Any(result => result.IsError) || message.SubagentTokens == 0 ? SubagentEnd.Failed
        : SubagentEnd.Answered;
}
