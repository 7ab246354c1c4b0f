using Cloister.Bench.Measuring;
using Cloister.Bench.Outside;
using Cloister.Bench.Plans;

namespace Cloister.Bench.Figures;

/// <summary>Whether the largest plan that is taken is still quick to check and to schedule.</summary>
internal sealed class LargePlan : IFigure
{
    private const int UsualRounds = 15;

    public string Name => "plan";

    public string Title => $"A plan of {LayeredPlan.Tasks:#,##0} tasks";

    public async Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken)
    {
        await using var person = await Person.CreateAsync(files: 1, cancellationToken);
        var plan = Path.Combine(person.Project, "large.plan.yaml");
        await File.WriteAllTextAsync(plan, LayeredPlan.Yaml, cancellationToken);
        var pairs = await Pairs.MeasureAsync(
            rounds ?? UsualRounds,
            async () => (await person.RunAsync(Programs.Cloister, ["check", plan], cancellationToken)).Milliseconds,
            async () => (await person.RunAsync(Programs.Node, ["-e", "0"], cancellationToken)).Milliseconds);
        var scheduling = await PlayedRun.PlayAsync(plan, person.Root, cancellationToken);
        var worst = scheduling.Decisions.Quantile(0.99);
        return
        [
            Measure.Of(
                "cloister check", pairs.Ours, "ms",
                $"{LayeredPlan.Yaml.Length / 1e3:0} kB; {Number.Of(pairs.Ratios.Median, "×")} node -e 0", Hold.AtMost(1_000)),
            Measure.One(
                "a decision of the run's actor, 99th of 100", worst, "ms",
                $"{scheduling.Decisions.Count:#,##0} decisions, median {Number.Of(scheduling.Decisions.Median, "ms")}, slowest {Number.Of(scheduling.Decisions.Largest, "ms")}",
                Hold.AtMost(10)),
            Measure.Of("the commit of what it decided", scheduling.Commits, "ms", "SQLite, synchronous"),
        ];
    }
}
