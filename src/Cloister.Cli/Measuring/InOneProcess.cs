using Cloister.Claude.Installation;
using Cloister.Claude.Protocol;

namespace Cloister.Cli.Measuring;

/// <summary>The two ways that need one process of <c>claude</c> only.</summary>
internal static class InOneProcess
{
    private const string Tools = "Bash,Edit,Read,Write";

    /// <summary>Every task is a prompt of the same conversation.</summary>
    public static async Task<WorkDone> PromptByPromptAsync(
        ClaudeBinary claude, SampleProject project, BenchFolder folder, Uri model, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var session = await BareSession.StartAsync(claude, Tools, folder, model, time, cancellationToken);
        var blocked = 0;
        foreach (var number in project.Numbers)
            blocked += Blocked(await session.AskAsync(SampleProject.PromptOf(number), cancellationToken));
        return new WorkDone(Reports(project, folder), blocked);
    }

    /// <summary>One prompt asks for all tasks, each by a subagent.</summary>
    public static async Task<WorkDone> BySubagentsAsync(
        ClaudeBinary claude, SampleProject project, BenchFolder folder, Uri model, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var session = await BareSession.StartAsync(claude, $"{Tools},Agent", folder, model, time, cancellationToken);
        var result = await session.AskAsync($"Report on each module in modules/, {SampleModel.Coordinate}.", cancellationToken);
        return new WorkDone(Reports(project, folder), Blocked(result));
    }

    private static int Blocked(TurnResult result) => result.TerminalReason == "blocking_limit" ? 1 : 0;

    private static int Reports(SampleProject project, BenchFolder folder) =>
        project.Numbers.Count(number => File.Exists(Path.Combine(folder.Project, SampleProject.ReportOf(number))));
}
