using System.Text;
using Cloister.Plans.Expressions;

namespace Cloister.Plans.Format;

/// <summary>The tables of the plan file's documentation, written from the tables the loader reads by.</summary>
internal static class PlanReference
{
    /// <summary>All sections by the name their place in the document has.</summary>
    public static IReadOnlyList<(string Name, string Markdown)> Tables { get; } =
    [
        .. new[] { PlanKeys.Plan, TaskKeys.Task, TaskKeys.Defaults, PlanKeys.Input, PlanKeys.Merge }.Select(t => ($"keys of {t.Section}", Keys(t))),
        ("keys for later", Later()),
        ("functions", Functions()),
    ];

    private static string Keys(KeyTable table)
    {
        var text = new StringBuilder("| key | value | meaning | default |\n|---|---|---|---|\n");
        foreach (var key in table.Keys)
            text.Append($"| `{key.Name}` | {Cell(key.TypeWords)} | {Cell(key.Meaning)} | {Cell(key.Default)} |\n");
        return text.ToString();
    }

    private static string Later()
    {
        var text = new StringBuilder("| in | not yet supported |\n|---|---|\n");
        foreach (var table in new[] { PlanKeys.Plan, TaskKeys.Task, PlanKeys.Merge })
            text.Append($"| {table.Section} | {string.Join(", ", table.Later.Select(l => $"`{l.Name}`"))} |\n");
        return text.ToString();
    }

    private static string Functions()
    {
        var text = new StringBuilder("| function | arguments | gives |\n|---|---|---|\n");
        foreach (var function in FunctionSpec.All)
            text.Append($"| `{function.Name}()` | {function.Arguments} | {Cell(function.Meaning)} |\n");
        return text.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
