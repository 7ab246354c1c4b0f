using Cloister.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Plans;

public sealed class TaskGraphTests
{
    [Fact]
    public void needs_reach_through_other_tasks_and_after_does_not()
    {
        var graph = new TaskGraph([Some("a"), Some("b", "a"), Some("c", "b") with { After = ["d"] }, Some("d")]);
        Assert.Equal(["a", "b"], graph.NeededBy("c").Order());
        Assert.Equal([["a", "d"], ["b"], ["c"]], graph.Waves());
        Assert.True(graph.AreOrdered(3, 2) && graph.AreOrdered(2, 0) && !graph.AreOrdered(0, 3));
    }

    [Fact]
    public void every_task_of_a_plan_without_rings_stands_in_one_wave_after_all_it_waits_for() => Prop.ForAll(Graphs().ToArbitrary(), tasks =>
    {
        var waves = new TaskGraph(tasks).Waves();
        var wave = waves.SelectMany((ids, i) => ids.Select(id => (id, i))).ToDictionary(p => p.id, p => p.i, StringComparer.Ordinal);
        return wave.Count == tasks.Length
            && new TaskGraph(tasks).Cycles().Count == 0
            && tasks.All(t => wave[t.Id] == t.Needs.Select(n => wave[n] + 1).DefaultIfEmpty(0).Max());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void a_ring_is_found_wherever_it_is_closed() => Prop.ForAll(Graphs().Where(t => t.Length > 2).ToArbitrary(), tasks =>
    {
        // The first task now waits for one that waits for it, if there is one.
        var last = tasks.LastOrDefault(t => new TaskGraph(tasks).NeededBy(t.Id).Contains(tasks[0].Id));
        if (last is null)
            return true;
        PlanTask[] closed = [tasks[0] with { After = [last.Id] }, .. tasks[1..]];
        var byId = closed.ToDictionary(t => t.Id, StringComparer.Ordinal);
        var rings = new TaskGraph(closed).Cycles();
        return rings.Count > 0 && rings.All(ring => ring[0] == ring[^1] && ring.Zip(ring.Skip(1)).All(step => byId[step.First].Needs.Concat(byId[step.First].After).Contains(step.Second)));
    }).QuickCheckThrowOnFailure();

    private static PlanTask Some(string id, params string[] needs) => Tasks.Some with { Id = id, Needs = needs };

    // Each task needs some of the tasks before it: never a ring.
    private static Gen<PlanTask[]> Graphs() =>
        from count in Gen.Choose(1, 12)
        from dice in Gen.Choose(0, int.MaxValue - 1).ArrayOf(count)
        select dice.Select((d, i) => Some($"t{i}", [.. Enumerable.Range(0, i).Where(n => (d >> n & 3) == 0).Select(n => $"t{n}")])).ToArray();
}
