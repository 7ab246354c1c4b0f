namespace Cloister.Bench.Figures;

/// <summary>Every figure, one a line.</summary>
internal static class AllFigures
{
    public static IReadOnlyList<IFigure> List { get; } =
    [
        new Worktrees(),
        new Ingest(),
        new LargePlan(),
    ];
}
