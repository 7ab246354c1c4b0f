using System.Text.Json.Serialization;
using Cloister.Questions;
using Cloister.Runs;

namespace Cloister.Server.Mcp;

/// <summary>A question that waits, as a model is told of it.</summary>
/// <param name="Q">Its reference.</param>
/// <param name="Ref">The task that waits.</param>
/// <param name="Kind">What kind of answer it waits for.</param>
/// <param name="Text">Its beginning; <c>read</c> has the whole.</param>
/// <param name="Options">What is offered.</param>
/// <param name="Next">What to do with it.</param>
internal sealed record WaitingQuestion(string Q, string Ref, string Kind, string Text, IReadOnlyList<string>? Options, string Next)
{
    // Enough to put before a person; a plan has pages.
    private const int TextLength = 600;

    // More than a person chooses from.
    private const int MostOptions = 12;

    public static WaitingQuestion Of(Question question) => new(
        question.Id.ToString(),
        question.Task.ToString(),
        KindWord.Of(question.Kind),
        Plain.Lines(question.Text, TextLength),
        question.Options.Count == 0 ? null : [.. question.Options.Take(MostOptions).Select(option => Plain.Line(option))],
        question.Kind switch
        {
            QuestionKind.Question => "ask the user, then call answer",
            QuestionKind.Permission or QuestionKind.Plan => RouteToPerson(question.Id),
        });

    /// <summary>The way of what only a person decides.</summary>
    public static string RouteToPerson(QuestionId id) => $"tell the user: cloister show {id}, then cloister approve {id} or cloister deny {id}";

    /// <summary>The same in a line.</summary>
    [JsonIgnore]
    public string Line => $"{Q} {Ref} {Kind}: {Text}{(Options is null ? "" : $" [{string.Join(" | ", Options)}]")} -> {Next}";
}
