using System.Collections.ObjectModel;
using System.Text.Json;
using Cloister.Accounting;
using Cloister.Agents;
using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.JournalWriter;

/// <summary>Appends to one run, in batches of different sizes.</summary>
internal sealed class Writer(IRunStore store, RunId run, CountdownEvent enough)
{
    private RunView? _view;

    public async Task AppendForEverAsync(int seed)
    {
        await foreach (var stored in store.ReadAsync(run, 0, CancellationToken.None))
            _view = _view is null ? RunFold.Open((RunAccepted)stored.Event) : RunFold.Apply(_view, stored.Event);
        if (_view is null)
            await AppendAsync([Accepted(), Claimed()]);
        var random = new Random(seed);
        for (var round = 0; ; round++)
        {
            await AppendAsync([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => Advanced(random))]);
            if (round % 7 == 0)
                Say($"number {await store.NextNumberAsync("question", CancellationToken.None)}");
        }
    }

    private async Task AppendAsync(List<RunEvent> events)
    {
        var at = TimeProvider.System.GetUtcNow();
        var after = _view is null ? RunFold.Open((RunAccepted)events[0]) : _view;
        after = events.Skip(_view is null ? 1 : 0).Aggregate(after, RunFold.Apply);
        await store.AppendAsync(run, _view, events, after, at, CancellationToken.None);
        _view = after;
        Say($"run {run.Number} {after.Position}");
    }

    // One write for a line: half a line would be an acknowledgement nobody can read.
    private void Say(string line)
    {
        lock (enough)
        {
            Console.WriteLine(line);
            if (!enough.IsSet)
                enough.Signal();
        }
    }

    private AttemptAdvanced Advanced(Random random) => new(
        "a", 1, _view!.Position * 100, new UsageSnapshot(new TokenUsage(1, 2, 3, _view.Position), 0.01m, 10, 100, 1), new string('x', random.Next(1, 2_000)), TimeProvider.System.GetUtcNow());

    private RunAccepted Accepted()
    {
        var task = new PlanTask(
            "a", "A", "Do it", [], [], null, "coder", null, TimeSpan.FromMinutes(30), null, 1, [], [], null, false, null, Approval.Merge, null, [], false, [], [], null, true, NoAnswer.Wait);
        var plan = new Plan(1, "crash", null, null, [], [], [], [], null, null, TaskDefaults.Standard, [task], new PlanMerge());
        return new RunAccepted(
            run, plan, new RunSource("/project", null, null), ReadOnlyDictionary<string, AgentDefinition>.Empty, ReadOnlyDictionary<string, JsonElement>.Empty, $"key {run}", null, DateTimeOffset.UnixEpoch);
    }

    private static AttemptClaimed Claimed() =>
        new("a", 1, Guid.Empty, Resume: false, "Do it", "coder", null, 1, DateTimeOffset.UnixEpoch, null, FromBase: false, DateTimeOffset.UnixEpoch);
}
