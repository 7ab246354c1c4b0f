using System.CommandLine;
using Cloister.Cli.Output;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister ps</c>: runs and tasks, the ones that need you first.</summary>
internal static class PsVerb
{
    public static Verb Create()
    {
        var all = new Option<bool>("--all", "-a") { Description = "Finished runs too" };
        return new Verb("ps", "Runs and tasks, the ones that need you first", (context, cancellationToken) =>
            RunAsync(context, context.Line.GetValue(all), cancellationToken))
        {
            all,
        };
    }

    public static async Task<int> RunAsync(VerbContext context, bool all, CancellationToken cancellationToken)
    {
        var runs = context.HasState ? await context.Orchestrator.ListAsync(all, cancellationToken) : [];
        if (context.Line.GetValue(GlobalOptions.Run) is { } only)
        {
            var run = await context.RunAsync(only, cancellationToken);
            runs = [.. (await context.RunsAsync(cancellationToken)).Where(summary => summary.Run == run)];
        }
        IReadOnlyList<TaskRow> rows = [.. TaskTable.InOrder(runs)];
        context.Show<IReadOnlyList<PsRow>>([.. rows.Select(PsRow.Of)], CliJson.Default.IReadOnlyListPsRow, _ => Print(context, rows));
        return ExitCode.Ok;
    }

    private static void Print(VerbContext context, IReadOnlyList<TaskRow> rows)
    {
        if (rows.Count == 0)
        {
            context.Hint("nothing runs here; cloister ps -a lists finished runs, cloister run \"a prompt\" starts one");
            return;
        }
        foreach (var line in TaskTable.Of(rows, context.Now).Lines(context.Terminal.Width))
            context.Terminal.Print(line);
        if (NextStep(rows) is { } next)
        {
            context.Hint("");
            context.Hint(next);
        }
    }

    private static Styled? NextStep(IReadOnlyList<TaskRow> rows)
    {
        var waiting = rows.Count(row => row.Question is not null);
        var review = rows.Where(row => row.State == TaskState.Review).ToList();
        var hints = new List<string>();
        if (waiting > 0)
            hints.Add($"{Words.Count(waiting, "question waits", "questions wait")} for you: cloister inbox");
        if (review.Count > 0)
            hints.Add($"{Words.Count(review.Count, "task")} to review: cloister diff {review[0].Run}/{review[0].Task}");
        return hints.Count == 0 ? null : new Styled(string.Join("      ", hints));
    }
}
