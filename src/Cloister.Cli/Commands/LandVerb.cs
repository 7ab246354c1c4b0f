using Cloister.Cli.Output;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister land</c>: the integration branch to the base branch.</summary>
internal static class LandVerb
{
    public static Verb Create()
    {
        var reference = Arguments.OptionalRun();
        return new Verb("land", "Bring a run's integration branch to the base branch", async (context, cancellationToken) =>
        {
            var run = await context.RunAsync(context.Line.GetValue(reference), cancellationToken);
            var view = await context.Orchestrator.GetAsync(run, cancellationToken);
            var what = $"{view.IntegrationBranch} → {view.Source.BaseBranch ?? "the base"}";
            if (context.DryRun)
                return context.WouldDo($"{run} would be landed: {what}");
            if (!context.Confirm($"land {run}: {what}?"))
                return ExitCode.Failed;
            var report = await context.Orchestrator.LandAsync(run, cancellationToken);
            context.Show(report, () => ApiJson.Lenient.LandReport, _ =>
            {
                context.Terminal.Print(new Styled(new Piece(report.Branch, Tone.Path), $" is at {Words.Commit(report.Commit)}"));
                context.Hint(report.CheckoutUpdated ? "your checkout was updated with it" : "your checkout was not touched");
            });
            return ExitCode.Ok;
        })
        {
            reference,
        };
    }
}
