using System.Text;

namespace Cloister.SessionFiles;

/// <summary>What one conversation leaves to the next that goes on in the same workspace.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Attempt">The attempt that ends.</param>
/// <param name="Why">Why it ends, one sentence for people.</param>
/// <param name="At">When.</param>
/// <param name="Checkpoint">What the agent said; null when it said nothing in time.</param>
/// <param name="Commits">What the engine committed, each in one line, oldest first.</param>
/// <param name="AgentText">A hand-over that the agent wrote as a text of its own.</param>
internal sealed record HandOver(
    string TaskId, string Attempt, string Why, DateTimeOffset At, Checkpoint? Checkpoint, IReadOnlyList<string> Commits, string? AgentText)
{
    /// <summary>The first line of a text that the engine wrote, by which it is not taken for the agent's.</summary>
    public const string Mark = "<!-- written by cloister -->";

    /// <summary>The text of <c>HANDOVER.md</c>. What the agent said is quoted: it is its word, not ours.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append(Mark).Append("\n# Hand-over\n\n");
        text.Append($"Task {Line(TaskId)}, attempt {Line(Attempt)}, {Timestamp.Of(At)}. {Line(Why)}\n\n");
        text.Append("All work up to here is in the workspace. What stands as a quotation below was said by the agent that worked before; check it where it matters.\n");
        Section(text, "Done", Checkpoint?.Completed, "The agent did not say what is done: look at the workspace and its history.");
        Section(text, "Pending", Checkpoint?.Pending, Checkpoint is null ? "The agent did not say what is left: compare the task with the workspace." : "Nothing was named.");
        Section(text, "Decisions", Checkpoint?.Decisions, "None were named.");
        Section(text, "Files", Checkpoint?.Files, "None were named.");
        if (Commits.Count > 0)
            text.Append("\n## Commits\n\n").AppendJoin("", Commits.Select(commit => $"- {Line(commit)}\n"));
        Words(text, "Not to be forgotten", Checkpoint?.CriticalContext);
        Words(text, "The agent's own hand-over", AgentText);
        return text.ToString();
    }

    private static void Section(StringBuilder text, string title, IReadOnlyList<string>? entries, string otherwise)
    {
        text.Append($"\n## {title}\n\n");
        if (entries is not { Count: > 0 })
            text.Append(otherwise).Append('\n');
        else
            text.AppendJoin("", entries.Select(entry => $"> - {Line(entry)}\n"));
    }

    private static void Words(StringBuilder text, string title, string? words)
    {
        if (string.IsNullOrWhiteSpace(words))
            return;
        text.Append($"\n## {title}\n\n");
        foreach (var line in words.TrimEnd().ReplaceLineEndings("\n").Split('\n'))
            text.Append("> ").Append(Plain(line)).Append('\n');
    }

    // A list entry of several lines would end the list, and whatever follows would be a text of ours.
    private static string Line(string text) => Plain(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    private static string Plain(string text) => string.Concat(text.Where(letter => letter == '\t' || !char.IsControl(letter)));
}
