using System.Globalization;
using Cloister.Accounting;

namespace Cloister.Cli.Output;

/// <summary>The bill for people.</summary>
internal static class CostTable
{
    public static void Print(Terminal terminal, CostReport report)
    {
        var table = new Table(
            new Column(report.Run is { } run ? run.ToString() : "RUN"),
            new Column("AGENT", Importance: 1),
            new Column("EST.*", AlignRight: true),
            new Column("IN", Importance: 4, AlignRight: true),
            new Column("CACHED", Importance: 3, AlignRight: true),
            new Column("OUT", Importance: 4, AlignRight: true),
            new Column("TIME", Importance: 5, AlignRight: true),
            new Column("WAITED", Importance: 2, AlignRight: true));
        foreach (var line in report.Lines)
            Add(table, line);
        if (report.FailedAttempts is { } failed)
            Add(table, failed);
        Add(table, report.Total);
        foreach (var line in table.Lines(terminal.Width))
            terminal.Print(line);
        var facts = Facts(report);
        if (facts.Count > 0)
            terminal.Print(new Styled(string.Join("   ", facts)));
    }

    private static void Add(Table table, CostLine line) => table.Add(
        line.Name,
        line.Agent is null ? "" : Words.Agent(line.Agent, line.Model),
        Words.Money(line.CostUsd),
        Words.Tokens(line.Tokens.Input + line.Tokens.CacheWrite),
        Words.Tokens(line.Tokens.CacheRead),
        Words.Tokens(line.Tokens.Output),
        line.Seconds > 0 ? Words.Clock(TimeSpan.FromSeconds(line.Seconds)) : Words.None,
        line.WaitedSeconds > 0 ? Words.Clock(TimeSpan.FromSeconds(line.WaitedSeconds)) : Words.None);

    private static List<string> Facts(CostReport report)
    {
        var facts = new List<string>();
        if (report.BudgetUsd is > 0 and var budget)
            facts.Add(string.Create(CultureInfo.InvariantCulture, $"{100 * report.Total.CostUsd / budget:0}% of {Words.Money(budget)}"));
        if (CacheHit(report.Total.Tokens) is { } hit)
            facts.Add(string.Create(CultureInfo.InvariantCulture, $"cache hit {hit:0}%"));
        return facts;
    }

    private static double? CacheHit(TokenUsage tokens) => tokens.Context > 0 ? 100.0 * tokens.CacheRead / tokens.Context : null;
}
