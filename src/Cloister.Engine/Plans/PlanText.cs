using System.Globalization;
using System.Text;

namespace Cloister.Plans;

/// <summary>Problems and checks as plain text for people. Everything from a plan is made harmless for terminals.</summary>
public static class PlanText
{
    /// <summary>A longer source line is cut around the place.</summary>
    private const int SourceWidth = 120;

    // Copies of a word that is not shown as written.
    private const char Stand = '\uFFFD';

    /// <summary>All problems, each with its place and what to do.</summary>
    public static string Render(IEnumerable<PlanProblem> problems) => string.Join("\n", problems.Select(Render));

    /// <summary>What, where, why, do this; ends with a line break.</summary>
    public static string Render(PlanProblem problem)
    {
        var text = new StringBuilder();
        text.Append(Word(problem.Severity)).Append('[').Append(problem.Code).Append("]: ").Append(Safe(problem.Message)).Append('\n');
        if (problem.Line > 0)
            AppendPlace(text, problem);
        else if (problem.Suggestion is { } suggestion)
            text.Append("  = ").Append(Safe(suggestion)).Append('\n');
        if (problem.Help is { } help)
            text.Append(' ', Margin(problem)).Append("= help: ").Append(Safe(help)).Append('\n');
        return text.ToString();
    }

    /// <summary>The first screen of <c>cloister check</c>: tasks, waves, copies, and the cap.</summary>
    public static string Render(PlanCheck check, Plan plan)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"plan ok: {Count(plan.Tasks.Count, "task")}, {Count(check.Waves.Count, "wave")}");
        foreach (var (task, copies) in check.Copies)
            text.Append(
                CultureInfo.InvariantCulture,
                $", {(copies is { } known ? Count(known, "copies", "copy") : "as many copies as the run finds")} of {task}");
        text.Append('\n');
        for (var i = 0; i < check.Waves.Count; i++)
        {
            var names = check.Waves[i].Select(
                id => check.Copies.Any(c => string.Equals(c.Task, id, StringComparison.Ordinal)) ? $"{id} ×n" : id);
            text.Append(CultureInfo.InvariantCulture, $"  wave {i + 1}  {string.Join(", ", names)}\n");
        }
        if (plan.BudgetUsd is { } cap)
            text.Append(CultureInfo.InvariantCulture, $"  cap     ${cap:0.00##} for the run\n");
        return text.ToString();
    }

    /// <summary>The text without anything a terminal would obey or show in another order than it stands.</summary>
    public static string Safe(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var hidden = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse;
            if (hidden)
                safe.Append(rune.Value == '\t' ? ' ' : Stand);
            else
                safe.Append(rune.ToString());
        }
        return safe.ToString();
    }

    private static void AppendPlace(StringBuilder text, PlanProblem problem)
    {
        var margin = Margin(problem);
        var number = problem.Line.ToString(CultureInfo.InvariantCulture);
        text.Append(' ', margin).Append(
            CultureInfo.InvariantCulture, $"┌─ {Safe(problem.File ?? "plan")}:{problem.Line}:{problem.Column}\n");
        if (problem.SourceLine is not { } source)
            return;
        var (shown, column) = Window(source, problem.Column - 1);
        var width = Math.Min(Math.Max(1, problem.Length), Math.Max(1, shown.Length - column));
        text.Append(number).Append(' ', margin - number.Length).Append("│ ").Append(Safe(shown)).Append('\n');
        text.Append(' ', margin).Append("│ ").Append(' ', Cells(shown[..Math.Min(column, shown.Length)])).Append('^', width);
        if (problem.Suggestion is { } suggestion)
            text.Append(' ').Append(Safe(suggestion));
        text.Append('\n');
    }

    private static (string Shown, int Column) Window(string source, int column)
    {
        column = Math.Clamp(column, 0, source.Length);
        if (source.Length <= SourceWidth)
            return (source, column);
        var start = Math.Clamp(column - (SourceWidth / 3), 0, source.Length - SourceWidth);
        return (source.Substring(start, SourceWidth), column - start);
    }

    private static int Cells(string text) => Safe(text).EnumerateRunes().Count();

    private static int Margin(PlanProblem problem) =>
        problem.Line > 0 ? Math.Max(2, problem.Line.ToString(CultureInfo.InvariantCulture).Length) : 2;

    private static string Word(ProblemSeverity severity) => severity switch
    {
        ProblemSeverity.Error => "error",
        ProblemSeverity.Warning => "warning",
        ProblemSeverity.Note => "note",
    };

    private static string Count(int count, string word, string? one = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one ?? word : one is null ? word + "s" : word)}");
}
