using Cloister.Bench.Measuring;

namespace Cloister.Bench.Figures;

/// <summary>Something whose speed or size is promised.</summary>
internal interface IFigure
{
    /// <summary>As it is asked for on the command line.</summary>
    string Name { get; }

    /// <summary>One line for people.</summary>
    string Title { get; }

    /// <param name="rounds">How often to measure; null: as often as its spread needs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<Measure>> MeasureAsync(int? rounds, CancellationToken cancellationToken);
}
