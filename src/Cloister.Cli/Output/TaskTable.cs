using System.Globalization;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Output;

/// <summary>Tasks as rows, those that need a person first.</summary>
internal static class TaskTable
{
    /// <summary>Runs in the given order, in each the tasks in the order of attention.</summary>
    public static IEnumerable<TaskRow> InOrder(IEnumerable<RunSummary> runs) =>
        runs.SelectMany(run => run.Tasks.OrderBy(row => Words.Attention(row.State)));

    public static Table Of(IEnumerable<TaskRow> rows, DateTimeOffset now)
    {
        var table = new Table(
            new Column("RUN"),
            new Column("TASK"),
            new Column("STATE"),
            new Column("AGENT", Importance: 3),
            new Column("FOR", Importance: 4, AlignRight: true),
            new Column("COST", Importance: 2, AlignRight: true),
            new Column("CTX", Importance: 1, AlignRight: true),
            new Column("DETAIL"));
        foreach (var row in rows)
        {
            table.Add([.. Common(row, now), Detail(row)]);
        }
        return table;
    }

    /// <summary>Everything, however wide that gets.</summary>
    public static Table Wide(IEnumerable<TaskRow> rows, DateTimeOffset now)
    {
        var table = new Table(
            new Column("RUN"),
            new Column("TASK"),
            new Column("STATE"),
            new Column("AGENT"),
            new Column("TRY", AlignRight: true),
            new Column("FOR", AlignRight: true),
            new Column("COST", AlignRight: true),
            new Column("CTX", AlignRight: true),
            new Column("SESSION"),
            new Column("BRANCH"),
            new Column("WORKSPACE"),
            new Column("DETAIL"));
        foreach (var row in rows)
        {
            table.Add(
            [
                .. Common(row, now)[..4],
                row.Attempt > 0 ? string.Create(CultureInfo.InvariantCulture, $"{row.Attempt}") : Words.None,
                .. Common(row, now)[4..],
                row.Session?.ToString() ?? Words.None,
                row.Branch ?? Words.None,
                new Piece(row.Workspace ?? Words.None, Tone.Path),
                Detail(row),
            ]);
        }
        return table;
    }

    private static Piece[] Common(TaskRow row, DateTimeOffset now) =>
    [
        row.Run.ToString(),
        row.Task,
        Words.Shown(row.State),
        Words.Agent(row.Agent, row.Model),
        row.StartedAt is { } started ? Words.Clock((row.EndedAt ?? now) - started) : Words.None,
        row.Attempt > 0 ? Words.Money(row.CostUsd) : Words.None,
        row is { EndedAt: null, ContextPercent: { } percent } ? Words.Percent(percent) : Words.None,
    ];

    /// <summary>What a row says beside its figures.</summary>
    public static string Detail(TaskRow row)
    {
        var text = row.State switch
        {
            TaskState.Review or TaskState.Merged or TaskState.Done => row.Summary ?? row.Detail,
            TaskState.Queued or TaskState.Starting or TaskState.Working or TaskState.NeedsInput => row.Detail,
            TaskState.Planned or TaskState.HandedOut => row.Detail,
            TaskState.Failed or TaskState.Stopped or TaskState.Skipped => Reasoned(row),
        };
        var line = (text ?? "").Split('\n', 2)[0];
        return row.Question is { } question ? $"{line} ({question})" : line;
    }

    // Most details begin with their reason already.
    private static string? Reasoned(TaskRow row) =>
        row.Reason is { } reason && row.Detail?.StartsWith(EnumWord.Of(reason), StringComparison.OrdinalIgnoreCase) != true ? $"{EnumWord.Of(reason)}: {row.Detail}" : row.Detail;
}
