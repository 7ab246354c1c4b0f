using System.CommandLine;
using Cloister.Cli.Following;
using Cloister.Cli.Output;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister ps</c>: runs and tasks, the ones that need you first.</summary>
internal static class PsVerb
{
    private const string Wide = "wide", Name = "name";

    public static Verb Create()
    {
        var all = new Option<bool>("--all", "-a") { Description = "Finished runs too" };
        var watch = new Option<bool>("--watch", "-w") { Description = "And again whenever something changes" };
        var output = new Option<string?>("--output", "-o") { Description = "wide: with session, branch and workspace; name: only references", HelpName = "form" };
        return new Verb("ps", "Runs and tasks, the ones that need you first", (context, cancellationToken) =>
        {
            var line = context.Line;
            var form = line.GetValue(output);
            if (form is not (null or Wide or Name))
                throw new CloisterException("usage.output", $"there is no output \"{form}\"", "-o wide or -o name; for programs --json, --jq or --format");
            return line.GetValue(watch) && context.HasState
                ? ListFollower.FollowAsync(context, token => RowsAsync(context, line.GetValue(all), token), rows => Lines(context, rows, form), cancellationToken)
                : RunAsync(context, line.GetValue(all), form, cancellationToken);
        })
        {
            all, watch, output,
        };
    }

    public static async Task<int> RunAsync(VerbContext context, bool all, string? form, CancellationToken cancellationToken)
    {
        var rows = await RowsAsync(context, all, cancellationToken);
        context.Show<IReadOnlyList<PsRow>>([.. rows.Select(PsRow.Of)], () => CliJson.Default.IReadOnlyListPsRow, _ => Print(context, rows, form, all));
        return ExitCode.Ok;
    }

    private static async Task<IReadOnlyList<TaskRow>> RowsAsync(VerbContext context, bool all, CancellationToken cancellationToken)
    {
        var only = context.Line.GetValue(GlobalOptions.Run) is { } given ? await context.RunAsync(given, cancellationToken) : (RunId?)null;
        var runs = context.HasState ? await context.Orchestrator.ListAsync(all || only is not null, cancellationToken) : [];
        return [.. TaskTable.InOrder(runs.Where(run => only is null || run.Run == only))];
    }

    private static IEnumerable<Styled> Lines(VerbContext context, IReadOnlyList<TaskRow> rows, string? form) => form switch
    {
        Name => rows.Select(row => (Styled)$"{row.Run}/{row.Task}"),
        Wide => TaskTable.Wide(rows, context.Now).Lines(width: null),
        _ => TaskTable.Of(rows, context.Now).Lines(context.Terminal.Width),
    };

    private static void Print(VerbContext context, IReadOnlyList<TaskRow> rows, string? form, bool all)
    {
        if (rows.Count == 0)
        {
            context.Hint(all
                ? "no run was started here yet; cloister run \"a prompt\" starts one"
                : "nothing runs or waits for you here; cloister ps -a lists finished runs, cloister run \"a prompt\" starts one");
            return;
        }
        foreach (var line in Lines(context, rows, form))
            context.Terminal.Print(line);
        if (form != Name && NextStep(rows) is { } next)
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
        if (rows.Count(row => row.WaitsForPerson) is var stuck and > 0)
            hints.Add($"{Words.Count(stuck, "task waits", "tasks wait")} for a word of yours: cloister inbox");
        if (rows.FirstOrDefault(row => row.State == TaskState.Failed) is { } failed)
            hints.Add($"{Words.Count(rows.Count(row => row.State == TaskState.Failed), "task")} failed: cloister retry {failed.Run}/{failed.Task}, or rm");
        if (review.Count > 0)
            hints.Add($"{Words.Count(review.Count, "task")} to review: cloister diff {review[0].Run}/{review[0].Task}");
        return hints.Count == 0 ? null : new Styled(string.Join("      ", hints));
    }
}
