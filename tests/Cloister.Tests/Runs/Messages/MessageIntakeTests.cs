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
