namespace Cloister.Bench.Figures;

/// <summary>Every figure, one a line.</summary>
internal static class AllFigures
{
    public static IReadOnlyList<IFigure> List { get; } =
    [
        new OneTask(),
        new EightAtOnce(),
        new Worktrees(),
        new Memory(),
        new Ingest(),
        new Ps(),
        new LargePlan(),
        new McpTools(),
        new MessageFiles(),
        new IsolatedExecution(),
    ];
}
