using System.CommandLine;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister deny</c>: refuses a permission or plan; the agent hears why.</summary>
internal static class DenyVerb
{
    public static Verb Create()
    {
        var question = Arguments.Question();
        var reason = new Option<string?>("--reason") { Description = "What the agent is told", HelpName = "text" };
        return new Verb("deny", "Refuse a permission or plan", (context, cancellationToken) =>
        {
            var answer = new AnswerQuestion(AnswerDecision.Deny, context.Line.GetValue(reason));
            return Answering.GiveAsync(context, context.Line.GetRequiredValue(question), answer, "denied", cancellationToken);
        })
        {
            question, reason,
        };
    }
}
