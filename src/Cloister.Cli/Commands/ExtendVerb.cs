using System.CommandLine;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister extend</c>: more time or money.</summary>
internal static class ExtendVerb
{
    public static Verb Create()
    {
        var reference = Arguments.RunOrTask();
        var time = new Option<TimeSpan?>("--time") { Description = "More time, such as 15m", HelpName = "time", CustomParser = Durations.Parse };
        var budget = new Option<decimal?>("--budget") { Description = "More money, in USD", HelpName = "usd", CustomParser = Amounts.Parse };
        return new Verb("extend", "More time or budget", (context, cancellationToken) =>
        {
            if (context.Line.GetValue(time) is null && context.Line.GetValue(budget) is null)
                throw new CloisterException("usage.arguments", "extend wants to know by how much", "cloister extend REF --time 15m   or   --budget 2.50");
            var command = new ExtendCommand(context.Line.GetValue(time), context.Line.GetValue(budget));
            return Steering.ApplyAsync(context, context.Line.GetRequiredValue(reference), command, "extended", cancellationToken);
        })
        {
            reference, time, budget,
        };
    }
}
