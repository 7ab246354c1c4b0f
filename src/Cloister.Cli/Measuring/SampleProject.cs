using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cloister.Cli.Measuring;

/// <summary>
/// The project that is worked on in each way: as many modules as tasks, each with a text to read, a report to write and a marker that
/// belongs to nobody else. Its size grows with the number of tasks, a task's own material does not.
/// </summary>
/// <param name="tasks">How many.</param>
internal sealed partial class SampleProject(int tasks)
{
    /// <summary>The texts that call a task by its number have four digits.</summary>
    public const int MostTasks = 500;

    // About 20 KB, which is a source file of some size and 5,000 tokens.
    private const int ModuleLines = 200;

    /// <summary>Numbers of the tasks, as they stand in file names and prompts.</summary>
    public IReadOnlyList<string> Numbers { get; } =
        [.. Enumerable.Range(1, tasks).Select(number => number.ToString("0000", CultureInfo.InvariantCulture))];

    /// <summary>What every task is recognised by.</summary>
    public IReadOnlyList<string> Markers => [.. Numbers.Select(MarkerOf)];

    /// <summary>Where a task's report is, in the project.</summary>
    public static string ReportOf(string number) => $"reports/{number}.md";

    public static string MarkerOf(string number) => $"marker-{number}-of-the-bench";

    /// <summary>What a person says to have a task done.</summary>
    public static string PromptOf(string number) =>
        $"Task {number}: read modules/{number}.txt, write what it says in {ReportOf(number)}, and check that the report is there. Mark it {MarkerOf(number)}.";

    /// <summary>The task that the last words of a user are about; null: none of its own.</summary>
    public static string? TaskIn(string userText) => Task().Match(userText) is { Success: true } found ? found.Groups["number"].Value : null;

    /// <summary>The files, by their paths.</summary>
    public IEnumerable<(string Path, string Text)> Files() =>
        Numbers.Select(number => ($"modules/{number}.txt", Module(number)))
            .Append(("README.md", $"# Sample\n\n{tasks} modules, each to be reported on.\n"));

    /// <summary>The same tasks as a plan.</summary>
    /// <param name="parallel">Tasks at once.</param>
    public string Plan(int parallel)
    {
        var plan = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"version: 1\nname: bench\nconcurrency: {parallel}\ntasks:\n"));
        foreach (var number in Numbers)
            plan.Append(CultureInfo.InvariantCulture, $"  t{number}: {{ prompt: \"{PromptOf(number)}\", checks: \"test -s {ReportOf(number)}\" }}\n");
        return plan.ToString();
    }

    private static string Module(string number)
    {
        var text = new StringBuilder($"module {number} begins, {MarkerOf(number)}\n");
        for (var line = 1; line <= ModuleLines; line++)
            text.Append(CultureInfo.InvariantCulture, $"{number}.{line:000}  pump {line % 7} carries water from basin {line % 11} to bed {line % 13}; valve {line} opens at {line % 24:00}:00\n");
        return text.ToString();
    }

    [GeneratedRegex(@"\bTask (?<number>\d{4}):", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Task();
}
