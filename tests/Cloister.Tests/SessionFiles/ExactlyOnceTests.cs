using Cloister.Runs;
using Cloister.Runs.Messages;
using Cloister.SessionFiles;
using Cloister.Tests.Runs;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.SessionFiles;

/// <summary>However often the engine dies between its steps, and whatever the agent does meanwhile, each message is in the journal once.</summary>
public sealed class ExactlyOnceTests
{
    [Fact]
    public void every_message_is_taken_in_exactly_once_whatever_dies_in_between() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), Tell).Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithQuietOnSuccess(true));

    [Fact]
    public async Task a_message_that_takes_anothers_place_while_that_is_taken_is_not_lost()
    {
        using var scratch = new SessionScratch();
        var box = scratch.Box();
        var path = Path.Combine(scratch.Folder.FromAgent, "0001-progress_update.json");
        for (var round = 0; round < 300; round++)
        {
            scratch.Say(1, $"first {round}");
            scratch.Put(".draft", $$"""{"content": "second {{round}}"}""");
            var first = Assert.Single(box.Look().Messages);
            using var start = new Barrier(2);
            var replacing = Task.Run(() =>
            {
                start.SignalAndWait();
                File.Move(Path.Combine(scratch.Folder.FromAgent, ".draft"), path, overwrite: true);
            });
            start.SignalAndWait();
            box.MarkTaken(first.Key);
            await replacing;

            var second = Assert.Single(box.Look().Messages);
            Assert.Equal($"second {round}", second.Message.Content);
            box.MarkTaken(second.Key);
        }
    }

    private static void Tell(int seed)
    {
        using var scratch = new SessionScratch();
        var random = new Random(seed);
        var said = new List<string>();
        var journal = new Journal();
        var box = scratch.Box();
        var half = (string?)null;
        for (var step = 0; step < 60; step++)
        {
            switch (random.Next(8))
            {
                case 0 or 1:
                    said.Add($"message {said.Count}");
                    scratch.Say(said.Count, said[^1]);
                    break;
                case 2:
                    scratch.Put("junk.json", "{");
                    break;
                case 3 when half is null:
                    half = $"message {said.Count}";
                    said.Add(half);
                    scratch.Put($"{said.Count:0000}-progress_update.json", $$"""{"content": "{{half}}""");
                    break;
                case 3:
                    File.AppendAllText(Path.Combine(scratch.Folder.FromAgent, $"{said.IndexOf(half) + 1:0000}-progress_update.json"), "\"}");
                    half = null;
                    break;
                case 4:
                    scratch.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(500)));
                    break;
                case 5:
                    // Killed: what the engine had in mind is gone, what is in the journal and in the folder is not.
                    box = scratch.Box();
                    break;
                default:
                    TakeIn(box, journal, stopAfter: random.Next(6));
                    break;
            }
        }
        if (half is not null)
            File.AppendAllText(Path.Combine(scratch.Folder.FromAgent, $"{said.IndexOf(half) + 1:0000}-progress_update.json"), "\"}");
        TakeIn(scratch.Box(), journal, stopAfter: int.MaxValue);

        Assert.Equal(said.Order(StringComparer.Ordinal), journal.Contents.Order(StringComparer.Ordinal));
        Assert.Empty(scratch.Box().Look().Messages);
    }

    // What the engine does with each, which dies after so many steps: what it decides is committed, and what is known then is put away.
    private static void TakeIn(MessageBox box, Journal journal, int stopAfter)
    {
        foreach (var incoming in box.Look().Messages)
        {
            if (stopAfter-- <= 0)
                return;
            journal.Commit(MessageIntake.Of(journal.View, "api", incoming, default, SessionScratch.Now));
            if (stopAfter-- <= 0)
                return;
            if (MessageIntake.IsTaken(journal.View, "api", incoming))
                box.MarkTaken(incoming.Key);
        }
    }

    private sealed class Journal
    {
        public RunView View { get; private set; } = Given.View(Given.Task("api")).After([.. Given.Working("api")]);

        public List<string> Contents { get; } = [];

        public void Commit(IReadOnlyList<RunEvent> events)
        {
            View = View.After([.. events]);
            Contents.AddRange(events.OfType<AttemptNoted>().Select(noted => noted.Text));
        }
    }
}
