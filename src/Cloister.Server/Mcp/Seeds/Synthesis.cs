using System.Globalization;
using System.Text;
using Cloister.Briefing;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>Writes one report over several tasks: what each achieved, what it left, where they meet, and what is not done. Pure.</summary>
internal static class Synthesis
{
    // What one task says; its artifacts have the rest.
    private const int SummaryLength = 2_000;

    // It is one line, and the report below it names them all.
    private const int NamesLength = 600;

    /// <summary>The parts of a task, and their parts, in plan order.</summary>
    public static IReadOnlyList<TaskView> PartsOf(RunView run, string parent)
    {
        var family = new HashSet<string>(StringComparer.Ordinal) { parent };
        // A part is planned after the whole, so one way through finds them all.
        var parts = run.TasksInOrder.Where(task => task.Definition.Parent is { } above && family.Contains(above) && family.Add(task.Definition.Id)).ToList();
        return [.. parts.Where(task => !task.Removed)];
    }

    /// <summary>The tasks of a whole run that nobody has split: each is done once, and a whole is no part of itself.</summary>
    public static IReadOnlyList<TaskView> PartsOf(RunView run) =>
        [.. run.TasksInOrder.Where(task => !task.Removed && task.Copies is null && PartsOf(run, task.Definition.Id).Count == 0)];

    /// <summary>True when a part of a task is not done.</summary>
    public static bool HasOpenParts(RunView run, TaskView task) => PartsOf(run, task.Definition.Id).Any(part => !TaskMachine.IsSuccess(part.State));

    /// <summary>One line over all of them: how many are done, and which.</summary>
    public static string Line(IReadOnlyList<TaskView> parts)
    {
        var done = parts.Where(part => TaskMachine.IsSuccess(part.State)).Select(part => part.Definition.Id).ToList();
        return parts.Count == 0
            ? "it has no parts"
            : string.Create(CultureInfo.InvariantCulture, $"{done.Count} of {parts.Count} parts done{(done.Count == 0 ? "" : ": ")}{Names(done)}");
    }

    private static string Names(IReadOnlyList<string> done)
    {
        var (shown, more) = Shortlist.Of(done, NamesLength);
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", shown)}{(more is { } left ? $" and {left} more" : "")}");
    }

    /// <param name="run">The run.</param>
    /// <param name="title">What the report is about.</param>
    /// <param name="line">One line over all of it.</param>
    /// <param name="parts">The tasks.</param>
    /// <param name="files">Files that each changed, by id.</param>
    public static string Of(RunView run, string title, string line, IReadOnlyList<TaskView> parts, IReadOnlyDictionary<string, IReadOnlyList<string>> files)
    {
        var text = new StringBuilder($"# {Plain.Line(title)}\n\n{line}\n");
        var conflicts = Conflicts(run, files);
        foreach (var part in parts)
            Append(text, run, part, files.GetValueOrDefault(part.Definition.Id, []));
        AppendList(text, "Conflicts", conflicts, "no file was changed by two of them");
        AppendList(text, "Left to do", [.. parts.Select(part => Left(run, part)).OfType<string>(), .. conflicts.Select(conflict => $"both changed {conflict}: merge one after the other and look at it"), .. Declared(run, parts)], "nothing");
        return text.ToString();
    }

    // What waits to be merged is done, and yet nowhere where others see it.
    private static string? Left(RunView run, TaskView part)
    {
        var reference = $"{run.Id}/{part.Definition.Id}";
        return part.State == TaskState.Review
            ? $"{reference}: its changes wait to be merged: cloister merge {reference}"
            : TaskMachine.IsSuccess(part.State) ? null : $"{reference}: {NextSteps.Of(run, part)}";
    }

    private static void Append(StringBuilder text, RunView run, TaskView part, IReadOnlyList<string> files)
    {
        var reason = part.Reason is { } why ? $" ({EnumWord.Of(why)})" : "";
        text.Append(CultureInfo.InvariantCulture, $"\n## {run.Id}/{part.Definition.Id}: {Plain.Line(part.Definition.Title)}\n{EnumWord.Of(part.State)}{reason}, {part.Attempt?.Agent ?? part.Definition.Agent}");
        text.Append(CultureInfo.InvariantCulture, $"{(part.Attempts.IsEmpty ? "" : $", ${part.CostUsd:0.00}")}\n");
        if (part.Summary is { Length: > 0 } summary)
            text.Append(Quotation.Of(Plain.Lines(summary, SummaryLength))).Append('\n');
        AppendLine(text, "files", files);
        AppendLine(text, "artifacts", [.. part.KeptArtifacts.Select(artifact => artifact.Name)]);
        AppendLine(text, "checks", [.. (part.Attempt?.Checks ?? []).Select(check => $"{Plain.Line(check.Command, 60)} {(check.Passed ? "passed" : "failed")}")]);
    }

    private static IReadOnlyList<string> Conflicts(RunView run, IReadOnlyDictionary<string, IReadOnlyList<string>> files) =>
    [
        .. files.SelectMany(pair => pair.Value, (pair, file) => (File: file, Task: pair.Key))
            .GroupBy(one => one.File, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{Plain.Line(group.Key)}: {string.Join(", ", group.Select(one => $"{run.Id}/{one.Task}"))}"),
    ];

    private static IEnumerable<string> Declared(RunView run, IReadOnlyList<TaskView> parts) =>
        parts.Where(part => part.Attempt?.DeclaredLeft is { Length: > 0 }).Select(part => $"{run.Id}/{part.Definition.Id} says: {Plain.Line(part.Attempt!.DeclaredLeft!, SummaryLength)}");

    private static void AppendLine(StringBuilder text, string name, IReadOnlyList<string> items)
    {
        if (items.Count > 0)
            text.Append(name).Append(": ").AppendJoin(", ", items.Select(item => Plain.Line(item))).Append('\n');
    }

    private static void AppendList(StringBuilder text, string heading, IReadOnlyList<string> items, string whenNone)
    {
        text.Append("\n## ").Append(heading).Append('\n');
        if (items.Count == 0)
            text.Append(whenNone).Append('\n');
        foreach (var item in items)
            text.Append("- ").Append(item).Append('\n');
    }
}
