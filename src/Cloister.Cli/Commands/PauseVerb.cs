using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister pause</c>: nothing starts any more, working agents end their turn; the workspaces stay.</summary>
internal static class PauseVerb
{
    public static Verb Create()
    {
        var reference = Arguments.RunOrTask();
        return new Verb("pause", "Stop starting turns; the workspaces stay", (context, cancellationToken) =>
            Steering.ApplyAsync(context, context.Line.GetRequiredValue(reference), new PauseCommand(), "paused", cancellationToken))
        {
            reference,
        };
    }
}
