using System.Globalization;
using Cloister.Cli.Measuring;

namespace Cloister.Cli.Output;

/// <summary>What <c>bench context</c> found.</summary>
/// <param name="ClaudeVersion">Which Claude Code.</param>
/// <param name="Cores">Processors of this machine.</param>
/// <param name="Parallel">Tasks or subagents at once, where a way can.</param>
/// <param name="PauseMilliseconds">What the scripted model took before each answer.</param>
/// <param name="Measurements">Every way at every size.</param>
internal sealed record ContextBenchReport(
    string ClaudeVersion, int Cores, int Parallel, double PauseMilliseconds, IReadOnlyList<Measurement> Measurements)
{
    public void Print(Terminal terminal)
    {
        terminal.Print($"claude {ClaudeVersion}, {Words.Count(Cores, "core")}, {Parallel} at once, answers after {PauseMilliseconds:0} ms, tokens computed from the bytes of each request");
        terminal.Print("");
        var table = new Table(
            new Column("TASKS", AlignRight: true),
            new Column("WAY"),
            new Column("DONE", Importance: 6, AlignRight: true),
            new Column("MEAN", AlignRight: true),
            new Column("MAX", AlignRight: true),
            new Column("FIRST", Importance: 5, AlignRight: true),
            new Column("LAST", Importance: 5, AlignRight: true),
            new Column("COORD.", Importance: 3, AlignRight: true),
            new Column("STOPS", Importance: 8, AlignRight: true),
            new Column("POLLUTION", Importance: 9, AlignRight: true),
            new Column("TIME", Importance: 7, AlignRight: true),
            new Column("IN", Importance: 2, AlignRight: true),
            new Column("CACHED", Importance: 1, AlignRight: true),
            new Column("OUT", Importance: 2, AlignRight: true),
            new Column("EST.*", Importance: 4, AlignRight: true));
        foreach (var measurement in Measurements)
            table.Add(Cells(measurement));
        foreach (var line in table.Lines(terminal.Width))
            terminal.Print(line);
    }

    private static IReadOnlyList<Piece> Cells(Measurement one) =>
    [
        one.Tasks.ToString(CultureInfo.InvariantCulture),
        one.Way,
        new Piece(one.Done.ToString(CultureInfo.InvariantCulture), one.Done == one.Tasks ? Tone.Plain : Tone.Bad),
        Words.Tokens(one.Context.MeanTokens),
        Words.Tokens(one.Context.MaxTokens),
        Words.Tokens(one.FirstTaskTokens),
        Words.Tokens(one.LastTaskTokens),
        one.Coordinator is { } coordinator ? Words.Tokens(coordinator.MaxTokens) : Words.None,
        one.Interruptions.ToString(CultureInfo.InvariantCulture),
        one.Pollution.Effectiveness is null ? Words.None : one.Pollution.ForeignPerRequest.ToString("0.0", CultureInfo.InvariantCulture),
        string.Create(CultureInfo.InvariantCulture, $"{one.Seconds:0.0}s"),
        Words.Tokens(one.Usage.Input + one.Usage.CacheWrite),
        Words.Tokens(one.Usage.CacheRead),
        Words.Tokens(one.Usage.Output),
        Words.Money(one.CostUsd),
    ];
}
