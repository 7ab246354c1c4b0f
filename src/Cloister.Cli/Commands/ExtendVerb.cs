using System.CommandLine;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister extend</c>: more time, money or turns.</summary>
internal static class ExtendVerb
{
    public static Verb Create()
    {
        var reference = Arguments.RunOrTask();
        var time = new Option<TimeSpan?>("--time") { Description = "More time, such as 15m", HelpName = "time", CustomParser = Durations.Parse };
        var budget = new Option<decimal?>("--budget") { Description = "More money, in USD", HelpName = "usd", CustomParser = Amounts.Parse };
        var turns = new Option<int?>("--turns") { Description = "More model turns for its next attempts", HelpName = "n", CustomParser = result => Counts.Parse(result) };
        return new Verb("extend", "More time, turns or budget", (context, cancellationToken) =>
        {
            var line = context.Line;
            var command = new ExtendCommand(line.GetValue(time), line.GetValue(budget), line.GetValue(turns));
            return command == new ExtendCommand(null, null)
                ? throw new CloisterException("usage.arguments", "extend wants to know by how much", "cloister extend REF --time 15m   or   --budget 2.50   or   --turns 20")
                : Steering.ApplyAsync(context, line.GetRequiredValue(reference), command, "extended", cancellationToken);
        })
        {
            reference, time, budget, turns,
        };
    }
}
