namespace Cloister.Rehearsal.Messages;

/// <summary>What was said so far, as far as rules ask about it. Everything comes from the request itself, so a restart loses nothing.</summary>
/// <param name="Turn">Model turns taken, plus this one.</param>
/// <param name="UserTexts">Texts of the user, the CLI's reminders left out.</param>
/// <param name="ToolResults">Results of tool calls.</param>
internal sealed record Conversation(int Turn, IReadOnlyList<UserText> UserTexts, IReadOnlyList<ToolResult> ToolResults)
{
    /// <summary>The prompt that started it: the task of an agent of ours, or the last text of the first message that holds one.</summary>
    public string Prompt
    {
        get
        {
            var first = UserTexts.Where(t => t.Message == UserTexts[0].Message).ToList();
            return first.Select(t => TaskDescription.In(t.Text)).OfType<string>().FirstOrDefault() ?? first.LastOrDefault()?.Text ?? "";
        }
    }

    /// <summary>What the user said last before the model's turn; of a message that gives an agent of ours its task, the task.</summary>
    public string LastText(int turn) => UserTexts.LastOrDefault(t => t.Turn <= turn) is { } last
        ? UserTexts.Where(t => t.Message == last.Message).Select(t => TaskDescription.In(t.Text)).OfType<string>().LastOrDefault() ?? last.Text
        : "";

    /// <summary>The newest tool result before the model's turn.</summary>
    public string LastToolResult(int turn) => ToolResults.LastOrDefault(r => r.Turn <= turn)?.Text ?? "";

    /// <summary>The results the model's turn has to react to.</summary>
    public IEnumerable<ToolResult> ResultsAt(int turn) => ToolResults.Where(r => r.Turn == turn);

    /// <summary>The results of one tool, oldest first; null: of any.</summary>
    public IEnumerable<ToolResult> ResultsOf(string? tool) => ToolResults.Where(r => tool is null || r.Tool == tool);
}

/// <summary>One text of the user.</summary>
/// <param name="Turn">The model turn that follows it.</param>
/// <param name="Message">Index of the message it stands in.</param>
/// <param name="Text">The text.</param>
internal sealed record UserText(int Turn, int Message, string Text);

/// <summary>One result of a tool call.</summary>
/// <param name="Turn">The model turn that follows it.</param>
/// <param name="Text">What the tool said, reminders of the CLI cut off.</param>
/// <param name="IsError">The tool failed.</param>
/// <param name="Tool">The tool's name; empty when the call itself was forgotten in a compaction.</param>
internal sealed record ToolResult(int Turn, string Text, bool IsError, string Tool);
