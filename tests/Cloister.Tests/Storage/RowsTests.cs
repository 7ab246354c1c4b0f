using Cloister.Artifacts;
using Cloister.Runs;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Storage;

public sealed class RowsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task rows_written_on_the_way_are_those_a_replay_would_write(int seed)
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var story = new AnyStory(seed);
        var accepted = Given.Accepted(story.View.Plan);
        await store.AppendAsync(Given.Run, null, [accepted], story.View, Given.Now, Cancel);
        for (var i = 0; i < 100; i++)
        {
            var before = story.View;
            var events = story.Next();
            await store.AppendAsync(Given.Run, before, events, story.View, Given.Now, Cancel);
        }
        Assert.Empty(await store.VerifyAsync(Cancel));
        Assert.Empty(folder.Query("PRAGMA foreign_key_check"));
    }

    [Fact]
    public async Task rows_that_were_changed_by_hand_are_found_and_made_again()
    {
        using var folder = await SqliteFolder.WithRunAsync();
        folder.Execute("UPDATE tasks SET state = 'merged'; DELETE FROM runs");
        await using var store = await folder.OpenAsync();
        Assert.Equal(
            ["rows of runs did not match the journal; they were made again", "rows of tasks did not match the journal; they were made again"],
            await store.VerifyAsync(Cancel));
        Assert.Empty(await store.VerifyAsync(Cancel));
        Assert.Single(await store.ListRunsAsync(Cancel));
    }

    [Fact]
    public async Task a_person_can_ask_the_database_what_the_command_line_says()
    {
        using var folder = new SqliteFolder();
        await using var store = await folder.OpenAsync();
        var journal = new Journal(store, new RunId(1));
        await journal.AppendAsync(journal.Accepted("a", "b"));
        await journal.AppendAsync([.. Given.Working("a"), Given.Asked("a", 7), .. Given.Failed("b", TaskReason.RateLimit)]);
        await journal.AppendAsync(new ArtifactKept("a", 1, new Artifact("out/r.md", "text/markdown", "cd34", 9, Given.Now)));
        await journal.AppendAsync(new ArtifactKept("a", 1, new Artifact("out/r.md", "text/markdown", "ab12", 7, Given.Now)));
        await journal.AppendAsync(new IntentOpened("merge:1", IntentKind.Merge, "main 1 2"));

        Assert.Equal(["r1|some-plan|active|13"], folder.Query("SELECT 'r' || run, name, phase, position FROM runs"));
        Assert.Equal(
            ["a|needs_input||Which way?|q7|1", "b|failed|rate_limit|it broke||1"],
            folder.Query("SELECT task, state, reason, detail, question, attempt FROM tasks ORDER BY ordinal"));
        Assert.Equal(["a|||0", "b|Failed|rate_limit|0.5"], folder.Query("SELECT task, verdict, reason, cost_usd FROM attempts ORDER BY task"));
        Assert.Equal(["7|a|question|Which way?|[]|"], folder.Query("SELECT question, task, kind, text, options, decision FROM questions"));
        Assert.Equal(
            ["a|1|out/r.md|text/markdown|ab12|7"], folder.Query("SELECT task, attempt, name, media_type, sha256, bytes FROM artifacts"));
        Assert.Equal(["merge|main 1 2"], folder.Query("SELECT kind, detail FROM intents"));
        Assert.Equal(["task.failed|it broke"], folder.Query("SELECT type, json_extract(body, '$.message') FROM events WHERE type = 'task.failed'"));

        await journal.AppendAsync(new IntentClosed("merge:1", Happened: true), Given.Answered(7, "left"));
        Assert.Empty(folder.Query("SELECT * FROM intents"));
        Assert.Equal(["reply|left|person|0"], folder.Query("SELECT decision, answer, answered_by, delivered FROM questions"));
    }
}
