using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister resume</c>: a paused or stopped run or task goes on.</summary>
internal static class ResumeVerb
{
    public static Verb Create()
    {
        var reference = Arguments.RunOrTask();
        return new Verb("resume", "Go on with what was paused or stopped", (context, cancellationToken) =>
            Steering.ApplyAsync(context, context.Line.GetRequiredValue(reference), new ResumeCommand { ModelAccess = ModelAccessVariables.Of(context.Environment) }, "resumed", cancellationToken))
        {
            reference,
        };
    }
}
