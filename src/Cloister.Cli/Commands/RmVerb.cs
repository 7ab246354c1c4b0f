using Cloister.Cli.Output;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister rm</c>: forgets a run or task in lists and removes workspaces that hold nothing unsaved.</summary>
internal static class RmVerb
{
    public static Verb Create()
    {
        var reference = Arguments.RunOrTask();
        return new Verb("rm", "Forget a run or task; its work stays on refs", async (context, cancellationToken) =>
        {
            var (run, task) = await context.RunOrTaskAsync(context.Line.GetRequiredValue(reference), cancellationToken);
            var name = task is null ? run.ToString() : $"{run}/{task}";
            if (context.DryRun)
                return context.WouldDo($"{name} would be removed from lists, with the workspaces that hold nothing unsaved");
            if (!context.Confirm($"forget {name}? its work stays on refs"))
                return ExitCode.Failed;
            var report = await context.Orchestrator.RemoveAsync(run, task, cancellationToken);
            context.Show(report, () => ApiJson.Lenient.RemoveReport, _ =>
            {
                WorkspaceTable.Print(context.Terminal, report);
                context.Terminal.Print($"{name} removed, {Words.Bytes(report.FreedBytes)} freed");
                WorkspaceTable.PrintTrash(context.Terminal, report);
                context.Hint($"back: cloister restore {name}");
            });
            return ExitCode.Ok;
        })
        {
            reference,
        };
    }
}
