using System.Globalization;
using Cloister.Questions;

namespace Cloister.Cli.Output;

/// <summary>Questions for people.</summary>
internal static class QuestionText
{
    public static string Kind(QuestionKind kind) => kind switch
    {
        QuestionKind.Question => "question",
        QuestionKind.Permission => "permission",
        QuestionKind.Plan => "plan",
    };

    /// <summary>What to type.</summary>
    public static string HowToAnswer(Question question) => question.Kind switch
    {
        QuestionKind.Permission or QuestionKind.Plan => $"approve {question.Id} · deny {question.Id}",
        QuestionKind.Question =>
            question.Options.Count > 0 ? $"answer {question.Id} 1" : $"answer {question.Id} TEXT",
    };

    /// <summary>The question with its choices, in one line.</summary>
    public static string OneLine(Question question)
    {
        var options = question.Options.Select((option, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1} {option}"));
        return question.Options.Count == 0 ? question.Text : $"{question.Text}  {string.Join("  ", options)}";
    }

    /// <summary>Everything about it. A permission shows its whole input: an approval must never be about less than what runs.</summary>
    public static void Print(Terminal terminal, Question question, DateTimeOffset now)
    {
        terminal.Print(new Styled(new Piece(question.Id.ToString(), Tone.Attention), $"  {question.Task}#{question.Attempt}  {Kind(question.Kind)}  {(question.Answer is { } given ? $"waited {Words.Clock(given.At - question.AskedAt)}" : $"waiting {Words.Clock(now - question.AskedAt)}")}"));
        terminal.Print("");
        terminal.PrintText(question.Text);
        for (var i = 0; i < question.Options.Count; i++)
            terminal.Print(new Styled($"  {i + 1}  ", question.Options[i]));
        if (question.Tool is { } tool)
            terminal.Print(new Styled(new Piece("tool   ", Tone.Faint), tool));
        if (question.ToolInput is { } input)
        {
            terminal.Print(new Styled(new Piece("input", Tone.Faint)));
            terminal.PrintText(input);
        }
        if (question.Answer is { } answer)
            terminal.Print(new Styled(new Piece("answer ", Tone.Faint), $"{Decision(answer.Decision)} by {answer.By}{(answer.Text is { } text ? $": {text}" : "")}"));
    }

    private static string Decision(AnswerDecision decision) => decision switch
    {
        AnswerDecision.Reply => "replied",
        AnswerDecision.Allow => "allowed",
        AnswerDecision.Deny => "denied",
        AnswerDecision.Withdrawn => "withdrawn",
    };
}
