using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister answer</c>: an option's number or a text.</summary>
internal static class AnswerVerb
{
    public static Verb Create()
    {
        var question = Arguments.Question();
        var text = Arguments.Text("TEXT|N", "The option's number, or a text; - reads it from the standard input");
        return new Verb("answer", "Answer a question (option number or text)", async (context, cancellationToken) =>
        {
            var said = await Arguments.TextAsync(context, text, cancellationToken)
                ?? throw new CloisterException("usage.arguments", "the answer is missing", "cloister answer q12 2   or   cloister answer q12 \"own SVG\"");
            var answer = new AnswerQuestion(AnswerDecision.Reply, said);
            return await Answering.GiveAsync(context, context.Line.GetRequiredValue(question), answer, "answered", cancellationToken);
        })
        {
            question, text,
        };
    }
}
