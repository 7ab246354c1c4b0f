using Cloister.Bench.Figures;
using Cloister.Bench.Measuring;
using Cloister.Bench.Reporting;

namespace Cloister.Bench;

/// <summary>Measures the figures that were asked for, says what came out, and whether all that must hold held.</summary>
internal static class Benchmark
{
    private const int Held = 0, Missed = 1, Misused = 2;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (Options.Parse(arguments) is not { } options || options.Figures.Except(AllFigures.List.Select(f => f.Name), StringComparer.Ordinal).Any())
        {
            await Console.Error.WriteLineAsync("usage: bench/run [--json] [--write] [--rounds N] [FIGURE …]");
            foreach (var figure in AllFigures.List)
                await Console.Error.WriteLineAsync($"  {figure.Name,-12} {figure.Title}");
            return Misused;
        }
        var machine = await Machine.DescribeAsync(cancellationToken);
        var results = new List<FigureResult>();
        foreach (var figure in AllFigures.List.Where(f => options.Figures.Count == 0 || options.Figures.Contains(f.Name, StringComparer.Ordinal)))
        {
            await Console.Error.WriteLineAsync($"measuring: {figure.Title}");
            results.Add(await FigureResult.MeasureAsync(figure, options.Rounds, machine.LoadAverage, cancellationToken));
        }
        await Console.Out.WriteLineAsync(options.Json ? JsonReport.Of(machine, results) : TableReport.Of(machine, results));
        if (options.Document is { } document)
            await File.WriteAllTextAsync(document, MarkdownReport.Of(machine, results), cancellationToken);
        return results.TrueForAll(r => r.Held) ? Held : Missed;
    }
}

/// <summary>What came of measuring a figure.</summary>
/// <param name="Figure">Which.</param>
/// <param name="Measures">Empty when it could not be measured.</param>
/// <param name="Failure">Why it could not be measured, or null.</param>
/// <param name="Load">What else the machine did.</param>
internal sealed record FigureResult(IFigure Figure, IReadOnlyList<Measure> Measures, string? Failure, MachineLoad Load)
{
    public bool Held => Failure is null && Measures.All(m => m.Held);

    public static async Task<FigureResult> MeasureAsync(IFigure figure, int? rounds, double loadAverage, CancellationToken cancellationToken)
    {
        var before = await MachineLoad.BusyCoresAsync(cancellationToken);
        var (measures, failure) = await TryMeasureAsync(figure, rounds, cancellationToken);
        var after = await MachineLoad.BusyCoresAsync(cancellationToken);
        return new FigureResult(figure, measures, failure, new MachineLoad(loadAverage, before, after));
    }

    private static async Task<(IReadOnlyList<Measure> Measures, string? Failure)> TryMeasureAsync(
        IFigure figure, int? rounds, CancellationToken cancellationToken)
    {
        try
        {
            return (await figure.MeasureAsync(rounds, cancellationToken), null);
        }
#pragma warning disable CA1031 // A supervised edge: a figure that cannot be measured is a missed hold, and the others are still worth measuring.
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return ([], failed.Message);
        }
    }
}
