using System.Text.Json;
using Cloister.Questions;
using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Storage;

/// <summary>What every store promises, whatever it keeps journals in.</summary>
public abstract class RunStoreContract
{
    private static readonly RunId One = new(1);
    private static readonly RunId Two = new(2);

    /// <summary>Opens the store; opened again after it was disposed, it holds what it held.</summary>
    internal abstract Task<IRunStore> OpenAsync();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task what_was_appended_is_read_in_order()
    {
        await using var store = await OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(journal.Accepted("a", "b"));
        await journal.AppendAsync(Given.Working("a"));
        await journal.AppendAsync(Given.Ended("a"), new TaskSucceeded("a", WaitsForReview: false, "fine", null, Given.Now));

        var stored = await store.ReadAsync(One, 0, Cancel).ToListAsync(Cancel);
        Assert.Equal([1L, 2, 3, 4, 5, 6], stored.Select(s => s.Position));
        Assert.All(stored, s => Assert.Equal((One, Given.Now), (s.Run, s.At)));
        Assert.Equal(Given.Text(journal.View), Given.Text(RunFold.Replay(stored.Select(s => s.Event))));
    }

    [Fact]
    public async Task reading_starts_after_a_position()
    {
        await using var store = await OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync([journal.Accepted("a"), .. Given.Working("a")]);
        Assert.Equal([3L, 4], await store.ReadAsync(One, 2, Cancel).Select(s => s.Position).ToListAsync(Cancel));
        Assert.Empty(await store.ReadAsync(One, 4, Cancel).ToListAsync(Cancel));
        Assert.Empty(await store.ReadAsync(Two, 0, Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task the_events_of_one_append_have_consecutive_sequence_numbers_and_runs_share_one_order()
    {
        await using var store = await OpenAsync();
        var (first, second) = (new Journal(store, One), new Journal(store, Two));
        var opened = await first.AppendAsync(first.Accepted("a"));
        var other = await second.AppendAsync(second.Accepted("a"));
        var last = await first.AppendAsync(Given.Working("a"));

        var all = await store.ReadAllAsync(0, Cancel).ToListAsync(Cancel);
        Assert.Equal([(opened, One, 1L), (other, Two, 1L), (last - 2, One, 2L), (last - 1, One, 3L), (last, One, 4L)], all.Select(s => (s.Sequence, s.Run, s.Position)));
        Assert.True(opened < other && other < last - 2);
        Assert.Equal(all.Skip(2).Select(s => s.Sequence), await store.ReadAllAsync(other, Cancel).Select(s => s.Sequence).ToListAsync(Cancel));
    }

    [Fact]
    public async Task the_second_writer_of_the_same_position_loses()
    {
        await using var store = await OpenAsync();
        var winner = new Journal(store, One);
        await winner.AppendAsync(winner.Accepted("a"));
        var loser = new Journal(store, One) { View = winner.View };
        await winner.AppendAsync(Given.Claimed("a"));

        await Assert.ThrowsAsync<PositionConflictException>(() => loser.AppendAsync(Given.Claimed("a", fence: 9)));
        Assert.Equal(["AttemptClaimed"], await store.ReadAsync(One, 1, Cancel).Select(s => s.Event.GetType().Name).ToListAsync(Cancel));
    }

    [Fact]
    public async Task of_many_writers_of_one_position_exactly_one_wins_every_time()
    {
        await using var store = await OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(journal.Accepted("a"));
        for (var round = 0; round < 50; round++)
        {
            var start = journal.View;
            var racers = Enumerable.Range(0, 8).Select(_ => new Journal(store, One) { View = start }).ToList();
            var won = await Task.WhenAll(racers.Select(racer => Task.Run(() => racer.TryAppendAsync(new RuleGranted("Read", "person")), Cancel)));
            journal = racers[Array.FindIndex(won, yes => yes)];
            Assert.Single(won, yes => yes);
        }
        Assert.Equal(51, (await store.ReadAsync(One, 0, Cancel).ToListAsync(Cancel)).Count);
    }

    [Fact]
    public async Task a_writer_that_has_not_seen_the_end_may_not_leave_a_gap()
    {
        await using var store = await OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(journal.Accepted("a"));
        var ahead = new Journal(store, One) { View = journal.View with { Position = 5 } };
        await Assert.ThrowsAsync<PositionConflictException>(() => ahead.AppendAsync(Given.Claimed("a")));
        var early = new Journal(store, Two) { View = journal.View with { Id = Two } };
        await Assert.ThrowsAsync<PositionConflictException>(() => early.AppendAsync(Given.Claimed("a")));
    }

    [Fact]
    public async Task an_append_that_loses_leaves_nothing_of_itself()
    {
        await using var store = await OpenAsync();
        var first = new Journal(store, One);
        await first.AppendAsync(first.Accepted("a"), new RunPaused());
        var second = new Journal(store, One);
        await Assert.ThrowsAsync<PositionConflictException>(() => second.AppendAsync(second.Accepted("x", "y"), new RunFinished(RunOutcome.Stopped, Given.Now)));
        Assert.Equal([(One, RunPhase.Paused, false)], await store.ListRunsAsync(Cancel));
        Assert.Equal(2, (await store.ReadAllAsync(0, Cancel).ToListAsync(Cancel)).Count);
    }

    [Fact]
    public async Task a_view_that_is_not_the_one_after_the_events_is_a_bug_and_refused()
    {
        await using var store = await OpenAsync();
        var accepted = Given.Accepted(Given.Plan(Given.Task("a")));
        var view = RunFold.Open(accepted);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.AppendAsync(One, null, [accepted], view with { Position = 2 }, Given.Now, Cancel));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.AppendAsync(Two, null, [accepted], view, Given.Now, Cancel));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.AppendAsync(One, null, [], view with { Position = 0 }, Given.Now, Cancel));
        Assert.Empty(await store.ListRunsAsync(Cancel));
    }

    [Fact]
    public async Task runs_are_listed_oldest_first_with_their_last_phase()
    {
        await using var store = await OpenAsync();
        foreach (var number in (int[])[2, 10, 1])
        {
            var journal = new Journal(store, new RunId(number));
            await journal.AppendAsync(journal.Accepted("a"));
            if (number == 2)
                await journal.AppendAsync(new RunFinished(RunOutcome.Succeeded, Given.Now), new RunRemoved(Given.Now));
            if (number == 10)
                await journal.AppendAsync(new RunPaused());
        }
        Assert.Equal(
            [(new RunId(1), RunPhase.Active, false), (new RunId(2), RunPhase.Finished, true), (new RunId(10), RunPhase.Paused, false)],
            await store.ListRunsAsync(Cancel));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task a_list_says_what_the_view_says(int seed)
    {
        await using var store = await OpenAsync();
        var story = new AnyStory(seed);
        await store.AppendAsync(Given.Run, null, [Given.Accepted(story.View.Plan)], story.View, Given.Now, Cancel);
        for (var i = 0; i < 60; i++)
        {
            var before = story.View;
            await store.AppendAsync(Given.Run, before, story.Next(), story.View, Given.Now, Cancel);
            var listed = await store.SummariesAsync(all: true, Cancel);
            Assert.Equal(story.View.Removed ? [] : [Comparable(RunSummaries.Of(story.View))], listed.Select(Comparable));
            var waits = story.View.Tasks.Values.Any(task => task is { State: TaskState.Review or TaskState.Failed, Removed: false });
            Assert.Equal(!story.View.Removed && (story.View.Phase != RunPhase.Finished || waits), (await store.SummariesAsync(all: false, Cancel)).Count == 1);
            Assert.Equal(story.View.Tasks.Values.Any(task => task.Workspace is not null), (await store.RunsWithWorkspacesAsync(Cancel)).Count == 1);
        }

        // What a queued task waits for follows from others, whose rows change without its own.
        static string Comparable(RunSummary run) => JsonSerializer.Serialize(run with
        {
            CostUsd = Rounded(run.CostUsd),
            Tasks = run.Tasks.Select(task => task with { Detail = task.State == TaskState.Queued ? null : task.Detail, CostUsd = Rounded(task.CostUsd) }).ToList(),
        });

        // A database keeps 1, not 1.0.
        static decimal Rounded(decimal usd) => (decimal)(double)usd;
    }

    [Fact]
    public async Task lists_begin_with_the_newest_run_and_leave_out_removed_ones()
    {
        await using var store = await OpenAsync();
        foreach (var number in (int[])[2, 10, 1])
        {
            var journal = new Journal(store, new RunId(number));
            await journal.AppendAsync(journal.Accepted("a", "b"));
            if (number == 2)
                await journal.AppendAsync(new RunFinished(RunOutcome.Succeeded, Given.Now), new RunRemoved(Given.Now));
            if (number == 1)
                await journal.AppendAsync(new RunFinished(RunOutcome.Succeeded, Given.Now));
        }
        Assert.Equal([new RunId(10), One], (await store.SummariesAsync(all: true, Cancel)).Select(run => run.Run));
        Assert.Equal([new RunId(10)], (await store.SummariesAsync(all: false, Cancel)).Select(run => run.Run));
        Assert.All(await store.SummariesAsync(all: true, Cancel), run => Assert.Equal(["a", "b"], run.Tasks.Select(task => task.Task)));
    }

    [Fact]
    public async Task an_idempotency_key_names_one_run_for_ever()
    {
        await using var store = await OpenAsync();
        var first = new Journal(store, One);
        await first.AppendAsync(first.Accepted("a") with { IdempotencyKey = "same" });
        var second = new Journal(store, Two);
        var taken = await Assert.ThrowsAsync<KeyTakenException>(() => second.AppendAsync(second.Accepted("a") with { IdempotencyKey = "same" }));
        Assert.Equal(One, taken.Holder);
        Assert.Equal(One, await store.FindByKeyAsync("same", Cancel));
        Assert.Null(await store.FindByKeyAsync("other", Cancel));
        await first.AppendAsync(new RunPaused());
        await second.AppendAsync(second.Accepted("a"));
        Assert.Equal(2, (await store.ListRunsAsync(Cancel)).Count);
    }

    [Fact]
    public async Task a_number_is_given_once_in_its_sequence()
    {
        await using var store = await OpenAsync();
        Assert.Equal(1, await store.NextNumberAsync("question", Cancel));
        var taken = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => store.NextNumberAsync("run", Cancel), Cancel)));
        Assert.Equal(Enumerable.Range(1, 200), taken.Order());
        Assert.Equal(2, await store.NextNumberAsync("question", Cancel));
    }

    [Fact]
    public async Task opened_again_it_goes_on_where_it_was()
    {
        var journal = default(Journal)!;
        var id = "";
        await using (var store = await OpenAsync())
        {
            journal = new Journal(store, One);
            id = store.InstanceId;
            await journal.AppendAsync([journal.Accepted("a") with { IdempotencyKey = "key" }, .. Given.Working("a"), Given.Asked("a")]);
            Assert.Equal(1, await store.NextNumberAsync("run", Cancel));
        }
        await using var again = await OpenAsync();
        Assert.Equal(id, again.InstanceId);
        Assert.True(Guid.TryParse(id, out _));
        Assert.Equal(2, await again.NextNumberAsync("run", Cancel));
        Assert.Equal(One, await again.FindByKeyAsync("key", Cancel));
        var replayed = RunFold.Replay(await again.ReadAsync(One, 0, Cancel).Select(s => s.Event).ToListAsync(Cancel));
        Assert.Equal(Given.Text(journal.View), Given.Text(replayed));
        await new Journal(again, One) { View = replayed }.AppendAsync(Given.Answered());
    }

    [Fact]
    public async Task readers_see_whole_appends_while_others_write()
    {
        await using var store = await OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(journal.Accepted("a"));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var reader = Task.Run(
            async () =>
            {
                var rounds = 0;
                for (; !done.IsCancellationRequested || rounds == 0; rounds++)
                {
                    var positions = await store.ReadAsync(One, 0, Cancel).Select(s => s.Position).ToListAsync(Cancel);
                    Assert.Equal(Enumerable.Range(1, positions.Count).Select(i => (long)i), positions);
                    Assert.Equal(1, positions.Count % 3);
                }
                return rounds;
            },
            Cancel);
        for (var i = 0; i < 300; i++)
            await journal.AppendAsync(new RunPaused(), new RunResumed(), new RuleGranted($"Read({i})", "person"));
        await done.CancelAsync();
        Assert.True(await reader > 0);
    }

    [Fact]
    public async Task a_journal_longer_than_a_page_is_read_whole()
    {
        await using var store = await OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync([journal.Accepted("a"), .. Enumerable.Range(0, 1_500).Select(i => new RuleGranted($"Bash({i})", "person"))]);
        var rules = await store.ReadAsync(One, 1, Cancel).Select(s => ((RuleGranted)s.Event).Rule).ToListAsync(Cancel);
        Assert.Equal(journal.View.AllowRules, rules);
        Assert.Equal(1_501, (await store.ReadAllAsync(0, Cancel).ToListAsync(Cancel)).Count);
    }

    [Fact]
    public async Task large_and_broken_texts_come_back_as_they_were()
    {
        await using var store = await OpenAsync();
        var journal = new Journal(store, One);
        string[] texts = [new string('x', 1024 * 1024), "half \ud83d", "\udc00\ud800", "nul \0 esc \u001b[2J", "line\u2028end", "quote ' \" \\ ); DROP TABLE events; --", ""];
        await journal.AppendAsync(journal.Accepted("a"));
        foreach (var text in texts)
            await journal.AppendAsync(new MessageQueued("a", $"key {text.Length}", text, Given.Now));
        Assert.Equal(texts, await store.ReadAsync(One, 1, Cancel).Select(s => ((MessageQueued)s.Event).Text).ToListAsync(Cancel));
    }

    [Fact]
    public async Task what_was_cancelled_before_it_began_did_not_happen()
    {
        await using var store = await OpenAsync();
        var journal = new Journal(store, One);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var accepted = journal.Accepted("a");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AppendAsync(One, null, [accepted], RunFold.Open(accepted), Given.Now, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.NextNumberAsync("run", cancelled.Token));
        Assert.Empty(await store.ListRunsAsync(Cancel));
        Assert.Equal(1, await store.NextNumberAsync("run", Cancel));
        await journal.AppendAsync(accepted);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReadAsync(One, 0, cancelled.Token).ToListAsync(Cancel));
    }

    [Fact]
    public async Task questions_and_intents_of_a_whole_story_are_kept()
    {
        await using var store = await OpenAsync();
        var journal = new Journal(store, One);
        await journal.AppendAsync(journal.Accepted("a", "b"));
        await journal.AppendAsync([.. Given.Working("a"), Given.Asked("a"), new IntentOpened("merge:1", IntentKind.Merge, "main 1 2")]);
        await journal.AppendAsync(Given.Answered(), new InputDelivered("a", "answer:q1"), new IntentClosed("merge:1", Happened: true));
        var replayed = RunFold.Replay(await store.ReadAsync(One, 0, Cancel).Select(s => s.Event).ToListAsync(Cancel));
        Assert.True(replayed.Questions[new QuestionId(1)].Answer is { Delivered: true, Decision: AnswerDecision.Reply });
        Assert.Equal(Given.Text(journal.View), Given.Text(replayed));
    }
}
