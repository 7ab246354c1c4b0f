using System.Text.Json.Serialization;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Server.Mcp;

/// <summary>A question that waits, as a model is told of it.</summary>
/// <param name="Q">Its reference; null for a task whose doer waits for a person: nothing is answered there, the work goes on.</param>
/// <param name="Ref">The task that waits.</param>
/// <param name="Kind">What kind of answer it waits for.</param>
/// <param name="Text">Its beginning; <c>read</c> has the whole.</param>
/// <param name="Options">What is offered.</param>
/// <param name="Next">What to do with it.</param>
internal sealed record WaitingQuestion(string? Q, string Ref, string Kind, string Text, IReadOnlyList<string>? Options, string Next)
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

    /// <summary>A task that somebody was given, and that a person has to say something about.</summary>
    public static WaitingQuestion Of(TaskRow row) => new(
        Q: null,
        $"{row.Run}/{row.Task}",
        EnumWord.Of(row.Report!.Need),
        Plain.Lines(row.Report.Summary, TextLength),
        Options: null,
        $"tell the user, then do the rest as they say: orchestrator_complete_task, task_id {row.Run}/{row.Task}");

    /// <summary>The way of what only a person decides.</summary>
    public static string RouteToPerson(QuestionId id) => $"tell the user: cloister show {id}, then cloister approve {id} or cloister deny {id}";

    /// <summary>The same in a line.</summary>
    [JsonIgnore]
    public string Line => $"{(Q is null ? "" : $"{Q} ")}{Ref} {Kind}: {Text}{(Options is null ? "" : $" [{string.Join(" | ", Options)}]")} -> {Next}";
}
