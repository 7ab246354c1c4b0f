using Cloister.Cli.Output;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister gc</c>: workspaces of ended tasks whose work is kept elsewhere. Only looks, unless told.</summary>
internal static class GcVerb
{
    public static Verb Create() => new("gc", "Free disk: finished workspaces whose work is kept (only looks; -y removes)", async (context, cancellationToken) =>
    {
        var remove = context.Line.GetValue(GlobalOptions.Yes) && !context.DryRun;
        var report = await context.Orchestrator.CollectAsync(remove, cancellationToken);
        context.Show(report, ApiJson.Lenient.RemoveReport, _ =>
        {
            WorkspaceTable.Print(context.Terminal, report);
            if (remove)
                context.Terminal.Print($"{Words.Count(report.Workspaces.Count(workspace => workspace.Removed), "workspace")} removed, {Words.Bytes(report.FreedBytes)} freed");
            else
                context.Hint(report.Workspaces.Count == 0 ? "nothing to free" : $"{Words.Bytes(report.Workspaces.Sum(workspace => workspace.Bytes))} could go: cloister gc -y");
        });
        return ExitCode.Ok;
    });
}
