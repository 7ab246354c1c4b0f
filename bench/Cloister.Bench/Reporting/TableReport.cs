using System.Text;
using Cloister.Bench.Measuring;

namespace Cloister.Bench.Reporting;

/// <summary>Results for a terminal.</summary>
internal static class TableReport
{
    public static string Of(Machine machine, IReadOnlyList<FigureResult> results)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in machine.Lines)
            text.AppendLine($"{name,-10} {value}");
        foreach (var result in results)
        {
            text.AppendLine().AppendLine(result.Figure.Title);
            if (result.Failure is { } failure)
                text.AppendLine($"  NOT MEASURED  {failure}");
            foreach (var measure in result.Measures)
                AppendMeasure(text, measure);
            if (result.Load.IsNoisy)
                text.AppendLine($"  the machine was busy: {result.Load}");
        }
        text.AppendLine();
        text.Append(Verdict.Of(results));
        return text.ToString();
    }

    private static void AppendMeasure(StringBuilder text, Measure measure)
    {
        var verdict = measure.Hold is null ? "" : measure.Held ? "held" : "MISSED";
        text.AppendLine($"  {verdict,-7} {Number.Of(measure.Value, measure.Unit),-16} {measure.Hold?.In(measure.Unit),-18} {measure.What}");
        var spread = measure.Rounds > 1
            ? $"; {measure.Rounds} rounds, half of them {Number.Of(measure.Low, "")} – {Number.Of(measure.High, "")}"
            : "";
        text.AppendLine($"          {measure.Basis}{spread}");
    }
}
