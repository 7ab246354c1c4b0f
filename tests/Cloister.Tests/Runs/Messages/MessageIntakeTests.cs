using Cloister.Questions;
using Cloister.Runs;
using Cloister.Runs.Messages;
using Cloister.SessionFiles;
using Cloister.Sessions;

namespace Cloister.Tests.Runs.Messages;

/// <summary>What a message file means for its task.</summary>
public sealed class MessageIntakeTests
{
    [Fact]
    public void a_question_by_file_that_a_person_has_answered_is_not_put_to_anybody_again()
    {
        var asked = Given.View(Given.Task("a")).After(Given.Working("a")).After([.. Asking("Which way?", number: 1)]);
        var next = asked.After(Given.Answered()).After(Crash()).After(Given.Working("a", attempt: 2, fence: 2));

        RunEvent[] again = [.. Asking("Which way?", number: 2, next)];

        Assert.Equal([typeof(MessageFileTaken), typeof(QuestionAsked), typeof(QuestionAnswered)], again.Select(happened => happened.GetType()));
        Assert.Equal("That way", next.After(again).Questions[new QuestionId(2)].Answer?.Text);
        Assert.Empty(next.After(again).OpenQuestions);
        Assert.Single(next.After([.. Asking("Which way now?", number: 2, next)]).OpenQuestions);
    }

    [Theory]
    [InlineData(0, "Half of it")]
    [InlineData(2, "Half of it\n\nFiles: f1, f2")]
    public void files_that_a_message_names_are_told_with_its_words(int files, string told)
    {
        var view = Given.View(Given.Task("a")).After(Given.Working("a"));
        var message = Request("Half of it", 1).Message with { Type = MessageType.ProgressUpdate, Files = [.. Enumerable.Range(1, files).Select(number => $"f{number}")] };

        var taken = MessageIntake.Of(view, "a", Request("", 1) with { Message = message }, default, Given.Now);

        Assert.Equal(new AttemptNoted("a", 1, NoteKinds.Reported, told), taken[1]);
    }

    [Fact]
    public void an_agent_that_does_nothing_but_ask_is_told_to_decide_itself()
    {
        var view = Given.View(Given.Task("a")).After(Given.Working("a"));
        for (var number = 1; number <= Question.MostOfTask; number++)
            view = view.After([.. Asking($"Which of {number}?", number, view)]);

        var oneMore = view.After([.. Asking("And now?", Question.MostOfTask + 1, view)]);

        Assert.Equal(Question.MostOfTask, oneMore.OpenQuestions.Count());
        Assert.Equal(AnswerDecision.Deny, oneMore.Questions[new QuestionId(Question.MostOfTask + 1)].Answer?.Decision);
    }

    [Fact]
    public void after_a_thousand_messages_only_what_somebody_waits_for_is_read_and_that_is_said_once()
    {
        var view = Given.View(Given.Task("a")).After(Given.Working("a"));
        var notes = new List<string>();
        for (var number = 1; number <= 1_100; number++)
        {
            RunEvent[] taken = [.. MessageIntake.Of(view, "a", Progress(number), default, Given.Now)];
            notes.AddRange(taken.OfType<AttemptNoted>().Where(note => note.Kind == NoteKinds.MessageRejected).Select(note => note.Text));
            view = view.After(taken);
        }

        Assert.Equal(1_000, view.Tasks["a"].TakenMessages.Count);
        Assert.Single(notes);
        Assert.Single(view.After([.. Asking("Which way?", 2_000, view)]).OpenQuestions);
    }

    private static IncomingMessage Progress(int number) => Request($"step {number}", number) with { Message = Request($"step {number}", number).Message with { Type = MessageType.ProgressUpdate } };

    private static IReadOnlyList<RunEvent> Asking(string text, int number, RunView? view = null) =>
        MessageIntake.Of(view ?? Given.View(Given.Task("a")).After(Given.Working("a")), "a", Request(text, number), new QuestionId(number), Given.Now);

    private static IncomingMessage Request(string text, int number) => new(
        new MessageKey("from_agent", $"{number:0000}-request_input.json", $"hash-{number}"),
        new SessionMessage(MessageType.RequestInput, MessageDirection.FromAgent, $"m{number}", number, SessionName.Parse("r1-a"), null, null, text));

    private static RunEvent[] Crash() =>
    [
        Given.Ended("a", outcome: Given.Outcome(AgentVerdict.Crashed)),
        new TaskRequeued("a", TaskReason.Crash, "died", null, new NextAttempt("Go on", Resume: true), CountsAsRetry: false),
    ];
}
