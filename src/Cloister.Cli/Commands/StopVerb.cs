using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister stop</c>: ends an agent or a run; its work is kept as commits.</summary>
internal static class StopVerb
{
    public static Verb Create()
    {
        var reference = Arguments.RunOrTask();
        return new Verb("stop", "Stop an agent or run; work is kept as commits", (context, cancellationToken) =>
            Steering.ApplyAsync(context, context.Line.GetRequiredValue(reference), new StopCommand(), "stopped", cancellationToken))
        {
            reference,
        };
    }
}
