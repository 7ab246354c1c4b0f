using Cloister.Runs;
using Cloister.Runs.Watching;
using Cloister.Storage;
using Cloister.Tests.Runs;

namespace Cloister.Tests.Simulation;

/// <summary>
/// Judges a story when it is over, from outside: the journal against what people were told, what watchers saw, and what the agents know.
/// </summary>
internal sealed class Oracle(World world, Person person, IReadOnlyList<Watcher> watchers)
{
    public async Task JudgeAsync()
    {
        var journal = await world.JournalAsync();
        CheckPositions(journal);
        CheckRequests(journal);
        CheckSayings(journal);
        CheckWatchers(journal);
        foreach (var run in journal.GroupBy(stored => stored.Run))
        {
            var events = run.Select(stored => stored.Event).ToList();
            new RunOracle(world, person.Said.FindAll(saying => saying.Run == run.Key), run.Key).Judge(events);
            new AgentOracle(world, run.Key, RunFold.Replay(events)).Judge(events);
        }
        SlotOracle.Judge(world, journal);
    }

    /// <summary>What an engine shows of a run is what its journal says, to the last field.</summary>
    public static async Task CompareWithReplayAsync(World world, IEnumerable<RunId> runs, Func<RunId, Task<RunView>> show)
    {
        var journal = await world.JournalAsync();
        foreach (var run in runs)
        {
            var replayed = RunFold.Replay(journal.Where(stored => stored.Run == run).Select(stored => stored.Event));
            if (Given.Text(await show(run)) != Given.Text(replayed))
                world.Complain($"{run} is shown differently from what its journal says");
        }
    }

    private void CheckPositions(List<StoredEvent> journal)
    {
        for (var i = 0; i < journal.Count; i++)
        {
            if (journal[i].Sequence != i + 1)
                world.Complain($"sequence {journal[i].Sequence} stands at place {i + 1}");
        }
        foreach (var run in journal.GroupBy(stored => stored.Run))
        {
            if (!run.Select(stored => stored.Position).SequenceEqual(Enumerable.Range(1, run.Count()).Select(n => (long)n)))
                world.Complain($"the positions of {run.Key} have gaps");
        }
    }

    private void CheckRequests(List<StoredEvent> journal)
    {
        var started = journal.Select(stored => stored.Event).OfType<RunAccepted>().ToList();
        foreach (var (key, run) in person.Asked)
        {
            var runs = started.FindAll(accepted => accepted.IdempotencyKey == key);
            if (runs.Count != 1 || runs[0].Run != run)
                world.Complain($"the request {key} became {run}, and the journal has {string.Join(", ", runs.Select(accepted => accepted.Run))}");
        }
    }

    private void CheckSayings(List<StoredEvent> journal)
    {
        var written = journal.Where(stored => stored.Event is not RunAccepted).ToLookup(stored => stored.Run, stored => (stored.Event, Text: JournalJson.Write(stored.Event).Body));
        foreach (var saying in person.Said.Where(saying => saying.Mark.Length > 0))
        {
            var times = written[saying.Run].Count(entry => IsOf(saying, entry.Event) && entry.Text.Contains($"{saying.Mark}\"", StringComparison.Ordinal));
            var right = saying.Heard switch
            {
                // A retry of a whole run starts several tasks, each told the same; an answer that was not heard is given again.
                Heard.Accepted => times == 1 || (saying.Verb is "retry" or "answer" && times > 1),
                Heard.Refused => times == 0,
                Heard.Unknown => times <= 1 || saying.Verb is "retry" or "answer",
            };
            if (!right && saying.Verb != "extend")
                world.Complain($"{saying} is in the journal {times} times");
        }
    }

    private static bool IsOf(Saying saying, RunEvent happened) => saying.Verb switch
    {
        "send" => happened is MessageQueued queued && queued.Key == saying.Mark,
        "retry" => happened is TaskRetried,
        "answer" => happened is QuestionAnswered,
        _ => false,
    };

    private void CheckWatchers(List<StoredEvent> journal)
    {
        var expected = new List<RunUpdate>();
        var views = new Dictionary<RunId, RunView>();
        foreach (var stored in journal)
        {
            views[stored.Run] = stored.Event is RunAccepted accepted ? RunFold.Open(accepted) : RunFold.Apply(views[stored.Run], stored.Event);
            expected.Add(RunUpdates.Of(views[stored.Run], stored.Event, stored.Sequence, stored.At));
        }
        foreach (var watcher in watchers)
        {
            var due = expected.FindAll(update => watcher.Run is null || update.Run == watcher.Run);
            if (watcher.Seen.SequenceEqual(due))
                continue;
            var at = watcher.Seen.Zip(due).TakeWhile(pair => pair.First == pair.Second).Count();
            world.Complain(
                $"who watches {watcher.Run?.ToString() ?? "everything"} saw {watcher.Seen.Count} of {due.Count}; first difference at {at}: "
                + $"saw {watcher.Seen.ElementAtOrDefault(at)}, it was {due.ElementAtOrDefault(at)}");
        }
    }
}
