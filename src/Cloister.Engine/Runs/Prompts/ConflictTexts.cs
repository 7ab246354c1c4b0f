using System.Text;
using Cloister.Briefing;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Workspaces;

namespace Cloister.Runs.Prompts;

/// <summary>What an agent is told of work that does not merge and that it is to settle. Pure.</summary>
internal static class ConflictTexts
{
    // What the check is called where commands stand otherwise.
    private const string CheckName = "conflicts are settled";

    // What a task was for is in its title; its summary says how, and nobody settles by reading novels.
    private const int LongestSummary = 2_000;

    // Each may have a long summary, and the agent has to have room left for the work itself.
    private const int MostTasks = 10;

    /// <summary>What comes before the task's own words; empty when there is nothing to settle.</summary>
    public static string Before(RunView view, TaskView task)
    {
        if (task.Workspace?.Conflicts is not { } conflicts)
            return "";
        var text = new StringBuilder("## First: settle conflicts\n\n");
        text.Append("What this task builds on does not merge by itself. It was put together in your workspace all the same, with git's conflict markers (<<<<<<<, =======, >>>>>>>). ");
        text.Append("Before your own work settle every one of them: keep what both sides wanted to achieve, then remove the markers. No file may hold one of them when you are done; that is checked.\n");
        foreach (var file in conflicts.Files)
            text.Append("\n- ").Append(Line(file.Path)).Append(file.HasMarkers ? "" : " (no markers: deleted or renamed on one side, or not text; see what each side made of it)").Append(By(file));
        if (conflicts.MoreFiles > 0)
            text.Append("\n- and ").Append(conflicts.MoreFiles).Append(" more: search for the markers");
        text.Append("\n\nWhat the names in the markers stand for:\n");
        foreach (var side in conflicts.Sides)
            text.Append("\n- ").Append(side.Commit).Append(": ").Append(side.Tasks.Count == 0 ? "what was in this workspace before" : Names(side.Tasks, ", "));
        if (task.Definition.Session.Isolation != IsolationLevel.Full)
            TellTasks(text, view, conflicts);
        return text.Append("\n\n## Then: the task itself\n\n").ToString();
    }

    /// <summary>The check that failed because markers are left.</summary>
    public static CommandResult Unsettled(IReadOnlyList<string> files) => new(
        CheckName, ExitCode: 1, Seconds: 0, $"conflict markers are left in:\n{string.Join('\n', files.Take(LaidConflicts.MostFiles).Select(Line))}{(files.Count > LaidConflicts.MostFiles ? $"\nand {files.Count - LaidConflicts.MostFiles} more" : "")}\nSettle them, keeping what both sides wanted, and remove the markers.");

    private static void TellTasks(StringBuilder text, RunView view, LaidConflicts conflicts)
    {
        text.Append("\n\nWhat the tasks were for, and what their agents said about them, quoted:");
        var known = conflicts.Involved.Where(involved => involved.Run == view.Id && view.Tasks.ContainsKey(involved.Task)).ToList();
        foreach (var involved in known.Take(MostTasks))
        {
            var task = view.Tasks[involved.Task];
            text.Append("\n\n### ").Append(involved).Append(": ").Append(Line(task.Definition.Title)).Append('\n');
            text.Append(task.Summary is { Length: > 0 } summary ? Quotation.Of(summary, LongestSummary) : "(no summary)");
        }
        if (known.Count > MostTasks)
            text.Append("\n\nand ").Append(known.Count - MostTasks).Append(" more tasks: what they changed is in the history of the commits above");
    }

    private static string By(ConflictedFile file) => file.Tasks.Count == 0 ? "" : $": changed by {Names(file.Tasks, " and ")}";

    private static string Names(IReadOnlyList<TaskRef> tasks, string separator) => Named.FirstOf([.. tasks.Select(task => $"{task}")], separator);

    private static string Line(string text) => TerminalText.Line(text);
}
