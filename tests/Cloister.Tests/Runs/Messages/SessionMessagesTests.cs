using Cloister.Runs;
using Cloister.Runs.Messages;
using Cloister.SessionFiles;
using Cloister.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Runs.Messages;

public sealed class SessionMessagesTests
{
    [Fact]
    public void messages_of_a_session_are_counted_in_each_direction_and_no_two_have_one_file() => Stories(events =>
    {
        var last = new Dictionary<(string, MessageDirection), int>();
        var files = new HashSet<(string, string)>();
        foreach (var said in Said(events))
        {
            var before = last.GetValueOrDefault((said.Session, said.Direction));
            Assert.True(said.WrittenAs is null ? said.Number == before + 1 : said.Number > before, $"{said.Number} after {before}");
            last[(said.Session, said.Direction)] = said.Number;
            if (said.WrittenAs is null)
                Assert.True(files.Add((said.Session, said.Path)), said.Path);
        }
    });

    [Fact]
    public void the_same_journal_gives_the_same_messages_after_every_restart() => Stories(events =>
    {
        var stored = events.Select(JournalJson.Write).Select(text => JournalJson.Read(text.Type, text.Body)).ToList();
        Assert.Equal(Said(events).Select(said => said with { Options = [] }), Said(stored).Select(said => said with { Options = [] }));
    });

    [Fact]
    public void what_is_open_was_said_and_is_settled_once() => Stories(events =>
    {
        var waiting = new HashSet<long>();
        foreach (var view in Views(events))
        {
            if (view.Mail.Said is { SettledBy: not null })
                waiting.Add(view.Position);
            foreach (var settled in view.Mail.Settled)
                Assert.True(waiting.Remove(settled), $"{settled} was settled twice, or never said");
            Assert.Subset(waiting, view.Mail.Open.Values.ToHashSet());
        }
    });

    [Fact]
    public void an_answer_names_the_question_it_answers_and_one_by_file_names_the_file_s_own_id()
    {
        var asked = Given.Asked("a", 7);
        var byFile = Given.Asked("a", 8) with { Question = asked.Question with { Id = new QuestionId(8), Key = "file:question-1", FromFile = true } };
        RunEvent[] events = [Given.Accepted(Given.Plan(Given.Task("a"))), .. Given.Working("a"), asked, byFile, Given.Answered(7), Given.Answered(8)];
        Assert.Equal(["q7", "question-1"], Said(events).Select(said => said.ReplyTo).OfType<string>());
    }

    [Fact]
    public void a_file_is_only_what_is_said_right_after_it_was_taken()
    {
        RunEvent[] events =
        [
            Given.Accepted(Given.Plan(Given.Task("a"))), .. Given.Working("a"), new MessageFileTaken("a", "from_agent/0003-error.json@1"), new RunPaused(),
            new AttemptNoted("a", 1, NoteKinds.Reported, "by tool"), new MessageFileTaken("a", "to_agent/0009-instruction.json@2"),
            new MessageQueued("a", "file-2", "hurry", Given.Now),
        ];
        Assert.Equal(
            ["communication/to_agent/0001-instruction.json", "communication/from_agent/taken/0001-progress_update.json", "communication/to_agent/0002-instruction.json"],
            Said(events).Select(said => said.Path));
    }

    private static IEnumerable<NumberedMessage> Said(IEnumerable<RunEvent> events) => Views(events).Select(view => view.Mail.Said).OfType<NumberedMessage>();

    private static IEnumerable<RunView> Views(IEnumerable<RunEvent> events)
    {
        RunView? view = null;
        foreach (var happened in events)
            yield return view = view is null ? RunFold.Open((RunAccepted)happened) : RunFold.Apply(view, happened);
    }

    private static void Stories(Action<List<RunEvent>> holds) =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            var story = new AnyStory(seed);
            var events = new List<RunEvent> { Given.Accepted(story.View.Plan) };
            for (var i = 0; i < 60; i++)
                events.AddRange(story.Next());
            holds(events);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true));
}
