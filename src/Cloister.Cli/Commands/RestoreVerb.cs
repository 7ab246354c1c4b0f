using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Runs.Watching;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister restore</c>: a removed run, or a removed workspace from its kept ref.</summary>
internal static class RestoreVerb
{
    public static Verb Create()
    {
        var reference = Arguments.RunOrTask();
        return new Verb("restore", "Bring a removed run or workspace back", async (context, cancellationToken) =>
        {
            var (run, task) = await context.RunOrTaskAsync(context.Line.GetRequiredValue(reference), cancellationToken);
            if (context.DryRun)
                return context.WouldDo($"{(task is null ? run.ToString() : $"{run}/{task}")} would be brought back");
            var view = await context.Orchestrator.RestoreAsync(run, task, cancellationToken);
            IReadOnlyList<TaskRow> rows = [.. view.TasksInOrder.Where(t => task is null || t.Definition.Id == task).Select(t => RunSummaries.Row(view, t))];
            context.Show<IReadOnlyList<PsRow>>([.. rows.Select(PsRow.Of)], () => CliJson.Default.IReadOnlyListPsRow, _ =>
            {
                foreach (var row in rows.Where(row => row.Workspace is not null))
                    context.Terminal.Print(new Styled($"{row.Run}/{row.Task} is back in ", new Piece(row.Workspace!, Tone.Path)));
            });
            return ExitCode.Ok;
        })
        {
            reference,
        };
    }
}
