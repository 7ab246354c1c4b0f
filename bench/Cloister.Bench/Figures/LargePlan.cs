using Cloister.Bench.Measuring;

namespace Cloister.Bench.Figures;

internal sealed class LargePlan : IFigure
{
    public string Name => "plan";
    public string Title => "Plan of 1,000 tasks";
    public Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Measure>>([]);
}
