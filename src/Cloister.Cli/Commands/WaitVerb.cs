using System.CommandLine;
using Cloister.Cli.Following;
using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Runs.Watching;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister wait</c>: blocks until runs or tasks are done, failed, or wait for you.</summary>
internal static class WaitVerb
{
    // What a script may wait for, beside the end.
    private enum Until
    {
        Any,
        Ended,
        NeedsInput,
    }

    public static Verb Create()
    {
        var references = new Argument<string[]>("REF") { Description = "Runs or tasks", Arity = ArgumentArity.OneOrMore };
        var until = new Option<string>("--for") { Description = "any (default): every one ended or waits for you; ended: every one; needs_input: the first that waits for you", HelpName = "what", DefaultValueFactory = _ => "any" };
        return new Verb("wait", "Block until done, failed or waiting for you", (context, cancellationToken) =>
            RunAsync(context, context.Line.GetRequiredValue(references), Wanted(context.Line.GetValue(until)!), cancellationToken))
        {
            references, until,
        };
    }

    private static Until Wanted(string word) => word switch
    {
        "any" => Until.Any,
        "ended" => Until.Ended,
        "needs_input" => Until.NeedsInput,
        _ => throw new CloisterException("usage.for", $"nothing can be waited for under the name \"{word}\"", "--for any, ended or needs_input"),
    };

    private static async Task<int> RunAsync(VerbContext context, string[] references, Until until, CancellationToken cancellationToken)
    {
        var targets = new List<(RunId Run, string? Task)>();
        foreach (var reference in references)
            targets.Add(await context.RunOrTaskAsync(reference, cancellationToken));
        var waits = targets.GroupBy(target => target.Run).Select(group =>
            UntilAsync(context, group.Key, [.. group.Select(target => target.Task)], until, cancellationToken));
        var views = (await Task.WhenAll(waits)).ToDictionary(view => view.Id);

        var tasks = targets.SelectMany(target => Chosen(views[target.Run], target.Task).Select(task => (View: views[target.Run], Task: task))).ToList();
        IReadOnlyList<TaskRow> rows = [.. tasks.Select(chosen => RunSummaries.Row(chosen.View, chosen.Task))];
        context.Show<IReadOnlyList<PsRow>>([.. rows.Select(PsRow.Of)], () => CliJson.Default.IReadOnlyListPsRow, _ => Print(context, rows));
        if (rows.Any(row => row.State == TaskState.NeedsInput))
            return ExitCode.NeedsInput;
        return rows.All(row => TaskMachine.IsSuccess(row.State) || row is { State: TaskState.Skipped, Reason: TaskReason.Condition }) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<RunView> UntilAsync(VerbContext context, RunId run, IReadOnlyList<string?> tasks, Until until, CancellationToken cancellationToken)
    {
        await foreach (var (_, view, _) in new ViewCursor(context.Orchestrator, run).ReadAsync(cancellationToken))
        {
            if (IsReached([.. tasks.SelectMany(task => Chosen(view, task))], until) || (until == Until.Any && RunFollower.WaitsForPersonOnly(view)))
                return view;
        }
        throw new OperationCanceledException(cancellationToken);
    }

    // Who waits for the first question wants it while the others still work.
    private static bool IsReached(List<TaskView> tasks, Until until) => until switch
    {
        Until.Any => tasks.TrueForAll(task => task.Ended || task.State == TaskState.NeedsInput),
        Until.NeedsInput => tasks.Exists(task => task.State == TaskState.NeedsInput) || tasks.TrueForAll(task => task.Ended),
        Until.Ended => tasks.TrueForAll(task => task.Ended),
    };

    private static IEnumerable<TaskView> Chosen(RunView view, string? task) => task is null
        ? view.TasksInOrder
        : [view.TaskOf(task)];

    private static void Print(VerbContext context, IReadOnlyList<TaskRow> rows)
    {
        foreach (var line in TaskTable.Of(rows, context.Now).Lines(context.Terminal.Width))
            context.Terminal.Print(line);
    }
}
