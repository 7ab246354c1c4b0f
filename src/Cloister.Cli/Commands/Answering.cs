using Cloister.Questions;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary>Answers to questions: what answer, approve and deny have in common.</summary>
internal static class Answering
{
    /// <param name="context">The verb's context.</param>
    /// <param name="reference">The question.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="done">The past participle that says it was given.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static async Task<int> GiveAsync(VerbContext context, string reference, AnswerQuestion answer, string done, CancellationToken cancellationToken)
    {
        var id = VerbContext.Question(reference);
        if (context.DryRun)
            return context.WouldDo($"{id} would be {done}");
        var question = await context.Orchestrator.AnswerAsync(id, answer, cancellationToken);
        context.Show(question, () => ApiJson.Lenient.Question, _ => context.Terminal.Print($"{id} {done}{Said(question)}; {question.Task} goes on"));
        return ExitCode.Ok;
    }

    // What the agent hears may be more than what was typed: an option's number becomes its words.
    private static string Said(Question question) => question.Answer is { Decision: AnswerDecision.Reply, Text: { } text } ? $": {text}" : "";
}
