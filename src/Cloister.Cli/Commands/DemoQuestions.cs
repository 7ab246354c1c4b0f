using System.Globalization;
using Cloister.Cli.Following;
using Cloister.Cli.Output;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Cli.Commands;

/// <summary>The demo's question: for the person at the terminal, or answered by the demo itself, which then says so.</summary>
internal static class DemoQuestions
{
    // Time to read two lines and press a key; who only watches should not have to wait for long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>True when somebody is there who can be asked.</summary>
    public static bool HasPerson(VerbContext context) =>
        context is { Json: false, Quiet: false, NoInput: false } && context.Terminal is { InputIsTerminal: true, ErrorIsTerminal: true };

    /// <summary>Follows the run and hands every question to the person, who may let it pass.</summary>
    public static async Task<RunView> FollowAsync(VerbContext there, RunId run, CancellationToken cancellationToken)
    {
        while (true)
        {
            var view = await RunFollower.FollowAsync(there, run, cancellationToken, until: now => now.OpenQuestions.Any());
            if (view.OpenQuestions.FirstOrDefault() is not { } question)
                return view;
            await AskAsync(there, question, cancellationToken);
        }
    }

    /// <summary>Answers whatever is asked, until the run is over: a demo that waits for nobody would be no demo.</summary>
    public static async Task<IReadOnlyList<Question>> AnswerAllAsync(VerbContext there, RunId run, CancellationToken cancellationToken)
    {
        var answered = new List<Question>();
        await foreach (var (update, view, _) in new ViewCursor(there.Orchestrator, run).ReadAsync(cancellationToken))
        {
            if (update.Event == "task.needs_input")
            {
                foreach (var question in view.OpenQuestions)
                    answered.Add(await there.Orchestrator.AnswerAsync(question.Id, ByItself(question), cancellationToken));
            }
            if (view.Phase == RunPhase.Finished)
                break;
        }
        return answered;
    }

    private static async Task AskAsync(VerbContext there, Question question, CancellationToken cancellationToken)
    {
        there.Terminal.Note("");
        there.Terminal.Note(new Styled(new Piece($"{question.Task.Task} asks you: ", Tone.Attention), question.Text));
        for (var i = 0; i < question.Options.Count; i++)
            there.Terminal.Note(string.Create(CultureInfo.InvariantCulture, $"  {i + 1}  {question.Options[i]}"));
        there.Terminal.Note(new Styled(new Piece($"  (in a run of yours: cloister answer {question.Id} 2, whenever you like)", Tone.Faint)));
        while (true)
        {
            var said = await there.Terminal.AskAsync(
                $"your answer, within {Patience.TotalSeconds:0} s:", Patience, there.Time, cancellationToken);
            var answer = said?.Trim() is { Length: > 0 } text ? new AnswerQuestion(AnswerDecision.Reply, text) : ByItself(question);
            try
            {
                var answered = await there.Orchestrator.AnswerAsync(question.Id, answer, cancellationToken);
                there.Terminal.Note(said is { Length: > 0 } ? $"{question.Task.Task} hears: {answered.Answer?.Text}" : $"nobody answered: the demo chose {answered.Answer?.Text}");
                return;
            }
            catch (CloisterException slip) when (slip.Code == "question.option")
            {
                there.Terminal.Note(slip.Message.Split(';')[0]);
            }
            catch (CloisterException settled) when (settled.Code is "question.answered" or "question.withdrawn")
            {
                // Answered elsewhere meanwhile, as it may be.
                return;
            }
        }
    }

    private static AnswerQuestion ByItself(Question question) => question.Kind switch
    {
        QuestionKind.Permission or QuestionKind.Plan => new AnswerQuestion(AnswerDecision.Allow, null),
        QuestionKind.Question => new AnswerQuestion(AnswerDecision.Reply, question.Options.Count > 0 ? "1" : "yes"),
    };
}
