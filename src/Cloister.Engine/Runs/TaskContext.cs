using System.Text;

namespace Cloister.Runs;

/// <summary>
/// What an agent is told beside its prompt: where it is, what the run is for, what the tasks it builds on achieved, which files matter,
/// and the project's own instructions. What other agents said is quoted as theirs; the project's instructions are meant to be followed.
/// </summary>
internal static class TaskContext
{
    // A summary is for orientation; the work itself is in the workspace.
    private const int SummaryLimit = 8_000;

    public static string Of(RunView view, TaskView task, string instructions)
    {
        var text = new StringBuilder();
        text.AppendLine("# Your place")
            .AppendLine($"You work alone on one task ({view.Id}/{task.Definition.Id}) of a larger plan, in a workspace of your own.")
            .AppendLine("Everything you leave in the workspace is kept as a commit for you. Do not push, do not switch branches, do not work outside of it.");
        AppendGoal(text, view);
        AppendNeeds(text, view, task);
        var rendered = TaskPrompt.Rendered(view, task);
        AppendList(text, "# Files to read first", rendered.Context);
        AppendList(text, "# Files you are expected to change", rendered.Files);
        AppendList(text, "# Checks that will run on your work", task.Definition.Checks);
        if (instructions.Length > 0)
            text.AppendLine().AppendLine("# The project's own instructions").AppendLine(instructions);
        return text.ToString();
    }

    private static void AppendGoal(StringBuilder text, RunView view)
    {
        if (view.Plan.Goal is { Length: > 0 } goal)
            text.AppendLine().AppendLine("# Goal of the plan").AppendLine(goal);
    }

    private static void AppendNeeds(StringBuilder text, RunView view, TaskView task)
    {
        var needed = task.Definition.Needs.SelectMany(id => view.Tasks[id].Copies ?? [id]).Select(id => view.Tasks[id]).ToList();
        if (needed.Count == 0)
            return;
        text.AppendLine().AppendLine("# What you build on").AppendLine("The changes of these tasks are already in your workspace, unless it says otherwise. In their own words:");
        foreach (var one in needed)
        {
            text.AppendLine().AppendLine($"## {one.Definition.Id}: {one.Definition.Title}");
            if (!TaskMachine.IsSuccess(one.State))
                text.AppendLine($"It did not succeed ({one.State.ToString().ToLowerInvariant()}): its changes are not in your workspace.");
            text.AppendLine(one.Summary is { Length: > 0 } summary ? Quote(summary, SummaryLimit) : "(no summary)");
        }
    }

    private static void AppendList(StringBuilder text, string heading, IReadOnlyList<string> items)
    {
        if (items.Count == 0)
            return;
        text.AppendLine().AppendLine(heading);
        foreach (var item in items)
            text.AppendLine($"- {item}");
    }

    /// <summary>Somebody else's words, marked as such line by line and cut to a length.</summary>
    public static string Quote(string text, int limit)
    {
        var kept = text.Length <= limit ? text : $"{text[..limit]} […]";
        return string.Join('\n', kept.ReplaceLineEndings("\n").Split('\n').Select(line => $"> {line}"));
    }
}
