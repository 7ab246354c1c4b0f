using System.Text;
using Cloister.Bench.Measuring;

namespace Cloister.Bench.Reporting;

/// <summary>Results as the page of the documentation.</summary>
internal static class MarkdownReport
{
    private const string Opening = """
        # Performance

        Written by `./bench/run --write`, which builds everything and measures it on the machine it runs on. Every figure is measured beside
        what a person would use instead (the bare `claude`, `git`, `node`), in turns, so that a slow minute slows both sides; a ratio is the median
        of the rounds' own ratios. The model is played by a rehearsal: times are those of programs, not of a model.

        """;

    public static string Of(Machine machine, IReadOnlyList<FigureResult> results)
    {
        var text = new StringBuilder(Opening).AppendLine();
        text.AppendLine("| machine | |").AppendLine("|---|---|");
        foreach (var (name, value) in machine.Lines)
            text.AppendLine($"| {name} | {Cell(value)} |");
        foreach (var result in results)
            AppendFigure(text, result);
        return text.AppendLine().AppendLine(Verdict.Of(results)).ToString();
    }

    private static void AppendFigure(StringBuilder text, FigureResult result)
    {
        text.AppendLine().AppendLine($"## {result.Figure.Title}").AppendLine();
        if (result.Failure is { } failure)
        {
            text.AppendLine($"Not measured: {Cell(failure)}");
            return;
        }
        text.AppendLine("| figure | measured | half of the rounds | must hold | | from |").AppendLine("|---|---:|---:|---:|---|---|");
        foreach (var m in result.Measures)
        {
            var spread = m.Rounds > 1 ? $"{Number.Of(m.Low, "")} – {Number.Of(m.High, "")}" : "";
            var verdict = m.Hold is null ? "" : m.Held ? "held" : "**missed**";
            text.AppendLine($"| {Cell(m.What)} | {Number.Of(m.Value, m.Unit)} | {spread} | {m.Hold?.In(m.Unit)} | {verdict} | {Cell(Basis(m))} |");
        }
        text.AppendLine().AppendLine($"`./bench/run {result.Figure.Name}`{(result.Load.IsNoisy ? $" The machine was busy: {result.Load}." : "")}");
    }

    private static string Basis(Measure measure) => measure.Rounds > 1 ? $"{measure.Basis}; {measure.Rounds} rounds" : measure.Basis;

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
