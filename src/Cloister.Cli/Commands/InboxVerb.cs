using Cloister.Cli.Output;
using Cloister.Questions;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister inbox</c>: everything that waits for you, and what to type.</summary>
internal static class InboxVerb
{
    public static Verb Create() => new("inbox", "Questions, permissions and plans waiting for you", RunAsync);

    private static async Task<int> RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var questions = context.HasState ? await context.Orchestrator.InboxAsync(cancellationToken) : [];
        context.Show(questions, () => ApiJson.Lenient.IReadOnlyListQuestion, _ => Print(context, questions));
        return ExitCode.Ok;
    }

    private static void Print(VerbContext context, IReadOnlyList<Question> questions)
    {
        if (questions.Count == 0)
        {
            context.Hint("nothing waits for you");
            return;
        }
        var table = new Table(
            new Column("ASK"), new Column("TASK"), new Column("KIND", Importance: 2), new Column("FOR", Importance: 3, AlignRight: true), new Column("ANSWER", Importance: 1), new Column("WHAT"));
        foreach (var question in questions)
        {
            table.Add(
                new Piece(question.Id.ToString(), Tone.Attention),
                question.Task.ToString(),
                QuestionText.Kind(question.Kind),
                Words.Clock(context.Now - question.AskedAt),
                QuestionText.HowToAnswer(question),
                QuestionText.OneLine(question));
        }
        foreach (var line in table.Lines(context.Terminal.Width))
            context.Terminal.Print(line);
        context.Hint("");
        context.Hint($"cloister show {questions[0].Id} shows all of it");
    }
}
