using System.Collections.Immutable;
using System.Text;
using Cloister.Briefing;
using Cloister.Questions;

namespace Cloister.Runs.Prompts;

/// <summary>
/// Answers that a person gave to an attempt which ended before it heard them. The next one is told, and when it asks for the same again it
/// has its answer: nobody is asked twice for the same words. Pure.
/// </summary>
internal static class OwedAnswers
{
    // Enough to know what it was about; plans and commands may be long.
    private const int QuoteLimit = 2_000;

    /// <summary>What the next attempt of the task has to be told.</summary>
    public static ImmutableList<Question> Of(RunView view, TaskView task)
    {
        var told = task.Attempts.Where(attempt => attempt.StartedAt is not null).SelectMany(attempt => attempt.ToldAnswers).ToHashSet();
        return [.. Unheard(view, task.Definition.Id).Where(question => !told.Contains(question.Id)).OrderBy(question => question.Id.Number)];
    }

    /// <summary>The answer that was already given to what is asked here, or null.</summary>
    public static Answer? To(RunView view, Question asked) =>
        Unheard(view, asked.Task.Task).Where(question => question.Attempt < asked.Attempt && SameWords(question, asked)).MaxBy(question => question.Id.Number)?.Answer;

    /// <summary>The answer that nobody has to be asked for: the one that was given already, or no when an agent does nothing but ask; null: a person is to say.</summary>
    /// <param name="view">The run before it was asked.</param>
    /// <param name="asked">What a live attempt asks.</param>
    /// <param name="now">When.</param>
    public static Answer? AtOnce(RunView view, Question asked, DateTimeOffset now) =>
        view.Questions.Values.Count(question => question.Task.Task == asked.Task.Task) >= Question.MostOfTask
            ? new Answer(AnswerDecision.Deny, "you have asked too often; decide yourself", "engine", now)
            : To(view, asked) is { } given ? given with { At = now } : null;

    /// <summary>What an attempt's prompt says about them; empty when there are none.</summary>
    public static string Tell(ImmutableList<Question> owed)
    {
        if (owed.IsEmpty)
            return "";
        var text = new StringBuilder("\n\nThe process before you asked, and ended before it heard the answer:");
        foreach (var question in owed)
            text.Append("\n\n").Append(Quotation.Of(question.Text, QuoteLimit)).Append("\nAnswer: ").Append(Words(question.Answer!));
        return text.ToString();
    }

    // One that was asked again since has been settled there.
    private static IEnumerable<Question> Unheard(RunView view, string task)
    {
        var asked = view.Questions.Values.Where(question => question.Task.Task == task).ToList();
        return asked.Where(question => question.Answer is { Delivered: false, By: Answer.Person }
            && question.Attempt != LiveIn(view, task)
            && !asked.Exists(later => later.Attempt > question.Attempt && SameWords(later, question)));
    }

    private static int? LiveIn(RunView view, string task) => view.Tasks[task].LiveAttempt is { Outcome: null } live ? live.Number : null;

    private static bool SameWords(Question a, Question b) =>
        a.Kind == b.Kind && a.Text == b.Text && a.Tool == b.Tool && a.ToolInput == b.ToolInput && a.Options.SequenceEqual(b.Options, StringComparer.Ordinal);

    private static string Words(Answer answer) => answer.Decision switch
    {
        AnswerDecision.Reply => answer.Text ?? "",
        AnswerDecision.Allow => answer.Text is { Length: > 0 } text ? $"yes: {text}" : "yes, go ahead",
        AnswerDecision.Deny => answer.Text is { Length: > 0 } reason ? $"no: {reason}" : "no",
        AnswerDecision.Withdrawn => "nobody answered",
    };
}
