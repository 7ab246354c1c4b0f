using System.CommandLine;
using Cloister.Cli.Output;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister cost</c>: money and tokens, by run or by task, failed attempts on a line of their own.</summary>
internal static class CostVerb
{
    public static Verb Create()
    {
        var reference = new Argument<string?>("REF") { Description = "A run or task; all runs when left out", Arity = ArgumentArity.ZeroOrOne };
        return new Verb("cost", "Money and tokens by run, task, agent and model", async (context, cancellationToken) =>
        {
            var named = context.Line.GetValue(reference) ?? context.Line.GetValue(GlobalOptions.Run);
            var report = named is null
                ? CostReport.Of(await context.RunsAsync(cancellationToken))
                : await OfAsync(context, named, cancellationToken);
            if (!context.Json && report.Lines.Count == 0)
            {
                context.Hint(named is null ? "nothing has run here yet, so nothing was spent" : "nothing of it has started yet, so nothing was spent");
                return ExitCode.Ok;
            }
            context.Show(report, () => CliJson.Default.CostReport, _ => CostTable.Print(context.Terminal, report));
            context.Hint("* estimated from token counts at list price; on a subscription it is not a bill");
            return ExitCode.Ok;
        })
        {
            reference,
        };
    }

    private static async Task<CostReport> OfAsync(VerbContext context, string reference, CancellationToken cancellationToken)
    {
        var (run, task) = await context.RunOrTaskAsync(reference, cancellationToken);
        return CostReport.Of(await context.Orchestrator.GetAsync(run, cancellationToken), task, context.Now);
    }
}
