namespace Cloister.Bench.Reporting;

/// <summary>The last word on all figures.</summary>
internal static class Verdict
{
    public static string Of(IReadOnlyList<FigureResult> results)
    {
        var missed = results.Where(r => !r.Held).ToList();
        if (missed.Count == 0)
            return "Everything that must hold held.";
        var noisy = missed.Exists(r => r.Load.IsNoisy) ? " The machine was too busy for a fair judgement: measure again when it is quiet." : "";
        return $"Missed: {string.Join(", ", missed.Select(r => r.Figure.Name))}.{noisy}";
    }
}
