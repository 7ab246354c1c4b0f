using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister gc</c>: workspaces of ended tasks whose work is kept elsewhere. Only looks, unless told.</summary>
internal static class GcVerb
{
    public static Verb Create() => new("gc", "Free disk: finished workspaces whose work is kept (only looks; -y removes)", async (context, cancellationToken) =>
    {
        var remove = context.Line.GetValue(GlobalOptions.Yes) && !context.DryRun;
        var report = context.HasState ? await context.Orchestrator.CollectAsync(remove, cancellationToken) : new RemoveReport([], 0);
        context.Show(report, () => ApiJson.Lenient.RemoveReport, _ =>
        {
            WorkspaceTable.Print(context.Terminal, report);
            WorkspaceTable.PrintTrash(context.Terminal, report);
            if (report.Artifacts is { Files: > 0 } artifacts)
                context.Terminal.Print($"{Words.Count(artifacts.Files, "artifact")} stay, {Words.Bytes(artifacts.Bytes)}");
            if (report.Workspaces.Count == 0)
                context.Hint("nothing to free");
            else if (remove)
                context.Terminal.Print($"{Words.Count(report.Workspaces.Count(workspace => workspace.Removed), "workspace")} removed, {Words.Bytes(report.FreedBytes)} freed");
            else
                context.Hint($"{Words.Bytes(report.Workspaces.Where(workspace => workspace.WhyNot is null).Sum(workspace => workspace.Bytes))} could go: cloister gc -y");
        });
        return ExitCode.Ok;
    });
}
