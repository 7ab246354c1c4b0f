using System.CommandLine;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister approve</c>: allows a permission or plan, once or for the whole run.</summary>
internal static class ApproveVerb
{
    public static Verb Create()
    {
        var question = Arguments.Question();
        var always = new Option<string?>("--always") { Description = "And whatever this rule covers, for the whole run: \"Bash(dotnet test *)\"", HelpName = "rule" };
        return new Verb("approve", "Allow a permission or plan", (context, cancellationToken) =>
        {
            var answer = new AnswerQuestion(AnswerDecision.Allow, null, context.Line.GetValue(always));
            return Answering.GiveAsync(context, context.Line.GetRequiredValue(question), answer, "approved", cancellationToken);
        })
        {
            question, always,
        };
    }
}
