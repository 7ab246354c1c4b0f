using System.CommandLine;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister retry</c>: a new attempt, on top of the kept work or from the base.</summary>
internal static class RetryVerb
{
    public static Verb Create()
    {
        var reference = Arguments.RunOrTask();
        var clean = new Option<bool>("--clean") { Description = "From the base, in a fresh workspace" };
        var agent = new Option<string?>("--agent") { Description = "By another agent", HelpName = "name" };
        var model = new Option<string?>("--model") { Description = "With another model", HelpName = "model" };
        var text = new Option<string?>("--with") { Description = "Say this to the agent", HelpName = "text" };
        return new Verb("retry", "New attempt, from the last kept work or --clean", (context, cancellationToken) =>
        {
            var line = context.Line;
            var command = new RetryCommand(line.GetValue(clean), line.GetValue(agent), line.GetValue(model), line.GetValue(text)) { ModelAccess = ModelAccessVariables.Of(context.Environment) };
            return Steering.ApplyAsync(context, line.GetRequiredValue(reference), command, "queued again", cancellationToken);
        })
        {
            reference, clean, agent, model, text,
        };
    }
}
