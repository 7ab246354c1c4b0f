using Cloister.Runs;
using Cloister.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Runs;

public sealed class RunFoldProperties
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true);

    [Fact]
    public void what_the_table_allows_the_fold_never_refuses() => Stories((_, _) => true, (story, _) => Assert.True(story.View.Position > 1));

    [Fact]
    public void a_replay_of_the_stored_journal_is_the_view_that_was_folded_on_the_way() => Stories((_, _) => true, (story, events) =>
    {
        var stored = events.Select(JournalJson.Write).Select(text => JournalJson.Read(text.Type, text.Body));
        Assert.Equal(Given.Text(story.View), Given.Text(RunFold.Replay(stored)));
    });

    [Fact]
    public void position_counts_events_and_every_task_has_its_place() => Stories((_, _) => true, (story, events) =>
    {
        Assert.Equal(events.Count, story.View.Position);
        Assert.Equal(story.View.Tasks.Keys.Order(StringComparer.Ordinal), story.View.Order.Order(StringComparer.Ordinal));
    });

    [Fact]
    public void only_a_task_that_waits_for_a_person_has_open_questions() => Stories((_, _) => true, (story, _) =>
    {
        foreach (var task in story.View.TasksInOrder)
            Assert.Equal(task.State == TaskState.NeedsInput, story.View.OpenQuestions.Any(question => question.Task.Task == task.Definition.Id));
    });

    [Fact]
    public void an_ended_task_knows_when_it_ended_and_a_waiting_one_does_not() => Stories((_, _) => true, (story, _) =>
    {
        foreach (var task in story.View.TasksInOrder)
            Assert.Equal(task.Ended, task.EndedAt is not null);
    });

    [Fact]
    public void money_that_was_spent_stays_spent() => Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
    {
        var story = new AnyStory(seed);
        for (var i = 0; i < 60; i++)
        {
            var attempts = story.View.Tasks.Values.Sum(task => task.Attempts.Count);
            story.Next();
            Assert.True(story.View.Tasks.Values.Sum(task => task.Attempts.Count) >= attempts);
        }
    }).Check(Many);

    private static void Stories(Func<AnyStory, int, bool> goesOn, Action<AnyStory, List<RunEvent>> holds) =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            var story = new AnyStory(seed);
            var events = new List<RunEvent> { Given.Accepted(story.View.Plan) };
            for (var i = 0; i < 60 && goesOn(story, i); i++)
                events.AddRange(story.Next());
            holds(story, events);
        }).Check(Many);
}
