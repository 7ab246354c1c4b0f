using Cloister.Cli.Output;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Commands;

/// <summary>A task whose doer waits for a person, in the place of a question: it has none, so it has no id to answer.</summary>
internal sealed record WaitingTask(string? Id, string Task, string Kind, string Text);

/// <summary><c>cloister inbox</c>: everything that waits for you, and what to type.</summary>
internal static class InboxVerb
{
    public static Verb Create() => new("inbox", "Questions, permissions, plans and escalated tasks waiting for you", RunAsync);

    private static async Task<int> RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        var questions = context.HasState ? await context.Orchestrator.InboxAsync(cancellationToken) : [];
        // A run in which somebody waits is not finished.
        var runs = context.HasState ? await context.Orchestrator.ListAsync(all: false, cancellationToken) : [];
        var tasks = runs.SelectMany(run => run.Tasks).Where(row => row.WaitsForPerson).ToList();
        IReadOnlyList<object> entries = [.. questions, .. tasks.Select(row => new WaitingTask(Id: null, $"{row.Run}/{row.Task}", EnumWord.Of(row.Report!.Need), row.Report.Summary))];
        context.Show(entries, () => CliJson.Default.IReadOnlyListObject, _ => Print(context, questions, tasks));
        return ExitCode.Ok;
    }

    private static void Print(VerbContext context, IReadOnlyList<Question> questions, List<TaskRow> tasks)
    {
        if (questions.Count + tasks.Count == 0)
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
        // Whoever does it asked for it, in a conversation that Cloister has no way into.
        foreach (var row in tasks)
            table.Add(new Piece("!", Tone.Attention), $"{row.Run}/{row.Task}", EnumWord.Of(row.Report!.Need), "", "tell whoever does it", row.Report.Summary);
        foreach (var line in table.Lines(context.Terminal.Width))
            context.Terminal.Print(line);
        context.Hint("");
        context.Hint($"cloister show {(questions.Count > 0 ? questions[0].Id.ToString() : $"{tasks[0].Run}/{tasks[0].Task}")} shows all of it");
    }
}
