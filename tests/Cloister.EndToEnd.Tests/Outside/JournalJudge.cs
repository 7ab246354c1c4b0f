namespace Cloister.EndToEnd.Tests.Outside;

/// <summary>Is the journal whole, and does it agree with the rows made from it and with the agents' output?</summary>
internal static class JournalJudge
{
    private static readonly HashSet<string> EndedBadly = new(["failed", "stopped", "skipped"], StringComparer.Ordinal);

    private static readonly string[] OnceAnAttempt =
        ["attempt.claimed", "attempt.workspace", "attempt.setup", "attempt.started", "attempt.ended", "attempt.kept"];

    public static IEnumerable<string> Judge(Journal journal, IReadOnlyList<AttemptFolder> folders) =>
    [
        .. Positions(journal),
        .. Claims(journal),
        .. Repetitions(journal),
        .. Repeated(journal),
        .. Offsets(journal, folders),
        .. Sums(journal),
        .. States(journal),
        .. Explanations(journal),
    ];

    private static IEnumerable<string> Positions(Journal journal)
    {
        foreach (var run in journal.Events.GroupBy(e => e.Run))
        {
            var positions = run.Select(e => e.Position).ToList();
            if (!positions.SequenceEqual(Enumerable.Range(1, positions.Count).Select(n => (long)n)))
                yield return $"r{run.Key}: positions are not 1 to {positions.Count} in commit order: {string.Join(' ', positions)}";
            if (run.First().Type != "run.accepted" || run.Count(e => e.Type == "run.accepted") != 1)
                yield return $"r{run.Key}: does not begin with the one fact that it was accepted";
            if (journal.Runs.SingleOrDefault(row => row.Number("run") == run.Key) is not { } row)
                yield return $"r{run.Key}: has a journal but no row";
            else if (row.Number("position") != positions.Count)
                yield return $"r{run.Key}: its row is of position {row.Number("position")}, its journal has {positions.Count}";
        }
        foreach (var row in journal.Runs.Where(row => journal.Events.All(e => e.Run != row.Number("run"))))
            yield return $"r{row.Number("run")}: has a row but no journal";
    }

    // One attempt of a task after the other, each with a number and a fence of its own.
    private static IEnumerable<string> Claims(Journal journal)
    {
        foreach (var task in journal.Events.Where(e => e.Attempt is not null).GroupBy(e => e.Task!))
        {
            string? live = null;
            var numbers = new List<int>();
            foreach (var entry in task)
            {
                if (entry.Type == "attempt.claimed")
                {
                    if (live is not null)
                        yield return $"{entry.Attempt} was claimed while {live} had not ended (position {entry.Position})";
                    live = entry.Attempt;
                    numbers.Add(entry.Body.GetProperty("attempt").GetInt32());
                }
                else if (entry.Type == "attempt.ended")
                {
                    if (live != entry.Attempt)
                        yield return $"{entry.Attempt} ended (position {entry.Position}) while {live ?? "nothing"} was live";
                    live = null;
                }
            }
            if (!numbers.SequenceEqual(Enumerable.Range(1, numbers.Count)))
                yield return $"{task.Key}: attempts are numbered {string.Join(' ', numbers)}";
        }
        foreach (var run in journal.Events.Where(e => e.Type == "attempt.claimed").GroupBy(e => e.Run))
        {
            var fences = run.Select(e => e.Body.GetProperty("fence").GetInt64()).ToList();
            if (!fences.SequenceEqual(fences.Distinct().Order()))
                yield return $"r{run.Key}: fences do not grow with every claim: {string.Join(' ', fences)}";
        }
    }

    // What happens once in the life of an attempt is told once.
    private static IEnumerable<string> Repetitions(Journal journal) =>
        from entry in journal.Events
        where OnceAnAttempt.Contains(entry.Type)
        group entry by (entry.Type, entry.Attempt) into same
        where same.Count() > 1
        select $"{same.Key.Attempt}: {same.Key.Type} stands in the journal {same.Count()} times";

    // Every complete line of output is accounted for once: offsets grow, end where lines end, and reach the end when the attempt did.
    private static IEnumerable<string> Offsets(Journal journal, IReadOnlyList<AttemptFolder> folders)
    {
        var claimed = journal.Events.Where(e => e.Type == "attempt.claimed").Select(e => e.Attempt!).ToHashSet(StringComparer.Ordinal);
        var ended = journal.Events.Where(e => e.Type == "attempt.ended").Select(e => e.Attempt!).ToHashSet(StringComparer.Ordinal);
        foreach (var twice in folders.GroupBy(f => f.Attempt).Where(same => same.Count() > 1))
            yield return $"{twice.Key} has {twice.Count()} folders";
        foreach (var folder in folders)
        {
            if (!claimed.Contains(folder.Attempt))
                yield return $"{folder.Attempt} has a folder but the journal does not know it";
            var output = folder.Output;
            var transcript = new Transcript(output);
            var offsets = journal.Events.Where(e => e.Type == "attempt.advanced" && e.Attempt == folder.Attempt)
                .Select(e => e.Body.GetProperty("offset").GetInt64())
                .ToList();
            if (!offsets.SequenceEqual(offsets.Order()) || SaidWithoutOutput(journal, folder.Attempt))
                yield return $"{folder.Attempt}: output was accounted for twice, offsets {string.Join(' ', offsets)}";
            foreach (var offset in offsets.Where(offset => offset > output.Length || (offset < output.Length && !transcript.LineEnds.Contains(offset))))
                yield return $"{folder.Attempt}: offset {offset} is not the end of a line of its {output.Length} bytes";
            var reached = offsets.LastOrDefault();
            if (ended.Contains(folder.Attempt) && reached < transcript.CompleteBytes)
                yield return $"{folder.Attempt} ended with {transcript.CompleteBytes - reached} bytes of output not accounted for";
            if (journal.Attempts.SingleOrDefault(row => row.Attempt == folder.Attempt) is { } row && row.Number("offset") != reached)
                yield return $"{folder.Attempt}: its row is at offset {row.Number("offset")}, its journal at {reached}";
        }
    }

    // That an answer has arrived is noted without new output; what an agent said never is.
    private static bool SaidWithoutOutput(Journal journal, string attempt)
    {
        var (reached, said) = (-1L, false);
        foreach (var entry in journal.Events.Where(e => e.Attempt == attempt))
        {
            said |= entry.Type is "attempt.started" or "attempt.noted";
            if (entry.Type != "attempt.advanced")
                continue;
            var offset = entry.Body.GetProperty("offset").GetInt64();
            if (said && offset == reached)
                return true;
            (reached, said) = (offset, false);
        }
        return false;
    }

    // A person is asked once and an agent is told once.
    private static IEnumerable<string> Repeated(Journal journal)
    {
        var asked = journal.Events.Where(e => e.Type == "question.asked").Select(e => e.Body.GetProperty("question"))
            .GroupBy(q => $"{q.GetProperty("task").GetString()}#{q.GetProperty("attempt")} asked {q.GetProperty("key").GetString()}");
        var told = journal.Events.Where(e => e.Type == "input.delivered").GroupBy(e => $"{e.Task} was told {e.Body.GetProperty("key").GetString()}");
        return asked.Select(same => (same.Key, Count: same.Count())).Concat(told.Select(same => (same.Key, Count: same.Count())))
            .Where(fact => fact.Count > 1)
            .Select(fact => $"{fact.Key} {fact.Count} times");
    }

    // What the rows say of an ended task is what its last fact said, and nothing follows an end but a retry or a merge.
    private static IEnumerable<string> States(Journal journal)
    {
        foreach (var task in journal.Tasks)
        {
            var last = journal.Events.LastOrDefault(e => e.Task == task.Task && StateAfter(e) is not null);
            var (expected, state) = (last is null ? "queued" : StateAfter(last), task.Text("state"));
            if (expected != state && !(expected == "starting" && state is ("working" or "needs_input")))
                yield return $"{task.Task} is {state} by its row and {expected} by its journal";
        }
        foreach (var run in journal.Runs)
        {
            var last = journal.Events.LastOrDefault(e => e.Run == run.Number("run") && e.Type is ("run.accepted" or "run.finished" or "task.retried" or "task.added" or "task.released" or "task.handed_out"));
            if ((last?.Type == "run.finished") != (run.Text("phase") == "finished"))
                yield return $"r{run.Number("run")} is {run.Text("phase")} by its row, and its journal last said {last?.Type}";
        }
    }

    private static string? StateAfter(JournalEntry entry) => entry.Type switch
    {
        "attempt.claimed" => "starting",
        "task.added" => "planned",
        "task.handed_out" => "handed_out",
        "task.requeued" or "task.retried" or "task.released" => "queued",
        "task.succeeded" => entry.Body.GetProperty("waitsForReview").GetBoolean() ? "review" : "done",
        "task.failed" => "failed",
        "task.stopped" => "stopped",
        "task.skipped" => "skipped",
        "task.merged" => "merged",
        _ => null,
    };

    // A task costs what its attempts cost.
    private static IEnumerable<string> Sums(Journal journal) =>
        from task in journal.Tasks
        let attempts = journal.Attempts.Where(row => row.Task == task.Task).ToList()
        let cost = attempts.Sum(row => row.Amount("cost_usd"))
        where Math.Abs(cost - task.Amount("cost_usd")) > 0.000001m
        select $"{task.Task} costs {task.Amount("cost_usd")}, its {attempts.Count} attempts {cost}";

    // Whoever looks can see what is the matter.
    private static IEnumerable<string> Explanations(Journal journal)
    {
        foreach (var task in journal.Tasks)
        {
            var state = task.Text("state")!;
            if (EndedBadly.Contains(state) && (task.Text("reason") is null || string.IsNullOrWhiteSpace(task.Text("detail"))))
                yield return $"{task.Task} is {state} and does not say why";
            if (state == "needs_input" && !journal.Questions.Any(q => q.Task == task.Task && q.Text("decision") is null))
                yield return $"{task.Task} waits for a person and asks nothing";
        }
    }
}
