using System.Globalization;
using Cloister.Cli.Output;
using Cloister.Runs;

namespace Cloister.Cli.Following;

/// <summary>What the live screen shows of a run at one moment: the tasks in the order of attention. Pure.</summary>
internal static class LiveView
{
    private const int NameColumn = 14, AgentColumn = 20, GaugeCells = 10;

    private static readonly string[] Spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

    private static readonly (string Title, Func<TaskState, bool> Has)[] Groups =
    [
        ("NEEDS YOU", state => state == TaskState.NeedsInput),
        ("FAILED", state => state == TaskState.Failed),
        ("READY FOR REVIEW", state => state == TaskState.Review),
        ("WORKING", state => state is TaskState.Working or TaskState.Starting),
        ("QUEUED", state => state == TaskState.Queued),
        ("DONE", state => state is TaskState.Done or TaskState.Merged),
        ("NOT DONE", state => state is TaskState.Stopped or TaskState.Skipped),
    ];

    /// <param name="run">The run.</param>
    /// <param name="now">For the clocks.</param>
    /// <param name="width">Columns of the screen.</param>
    /// <param name="height">Lines of the screen; what does not fit is counted.</param>
    /// <param name="frame">Turns the spinner.</param>
    public static IReadOnlyList<Styled> Lines(RunView run, DateTimeOffset now, int width, int height, int frame)
    {
        var lines = new List<Styled> { Head(run, now), "" };
        var body = new List<Styled>();
        foreach (var (title, has) in Groups)
        {
            var tasks = run.TasksInOrder.Where(task => has(task.State)).ToList();
            if (tasks.Count == 0)
                continue;
            body.Add(new Styled(new Piece($" {title}", Tone.Strong)));
            body.AddRange(tasks.Select(task => Row(run, task, now, frame)));
        }
        IReadOnlyList<Styled> tail = ["", Footer(run)];
        var room = Math.Max(1, height - lines.Count - tail.Count - 1);
        lines.AddRange(body.Take(room));
        if (body.Count > room)
            lines.Add(new Styled(new Piece($" … {body.Count - room} more lines: cloister ps", Tone.Faint)));
        lines.AddRange(tail);
        return [.. lines.Select(line => line.Fit(width))];
    }

    private static Styled Head(RunView run, DateTimeOffset now)
    {
        var ended = run.Tasks.Values.Count(task => task.Ended);
        var money = run.BudgetUsd is { } budget ? $"{Words.Money(run.CostUsd)} of {Words.Money(budget)}" : Words.Money(run.CostUsd);
        var source = run.Source.BaseCommit is { } commit ? $"{run.Source.BaseBranch ?? "HEAD"}@{Words.Commit(commit)} → {run.IntegrationBranch}   " : "";
        return new Styled(
            " ",
            new Piece(run.Plan.Name, Tone.Strong),
            $"  {run.Id}   ",
            new Piece(source, Tone.Path),
            $"{ended}/{run.Tasks.Count} finished   {money} est   {Words.Clock((run.FinishedAt ?? now) - run.AcceptedAt)}{(run.Phase == RunPhase.Paused ? "   paused" : "")}");
    }

    private static Styled Row(RunView run, TaskView task, DateTimeOffset now, int frame)
    {
        var row = RunSummaries.Row(run, task);
        var line = new Styled(" ", Mark(task.State, frame), " ", Cell(row.Task, NameColumn), Cell(Words.Agent(row.Agent, row.Model), AgentColumn));
        line.Add(TaskTable.Detail(row));
        return task.State switch
        {
            TaskState.NeedsInput => line.Add($"   waiting {Words.Clock(now - Asked(run, row))}", Tone.Attention),
            TaskState.Working or TaskState.Starting => WithFigures(line, row, now),
            TaskState.Review or TaskState.Done or TaskState.Merged or TaskState.Failed or TaskState.Stopped => WithFigures(line, row, row.EndedAt ?? now),
            TaskState.Queued or TaskState.Skipped => line,
        };
    }

    private static Styled WithFigures(Styled line, TaskRow row, DateTimeOffset until)
    {
        if (row.StartedAt is not { } started)
            return line;
        line.Add($"   {Words.Clock(until - started)}  {Words.Money(row.CostUsd)}", Tone.Faint);
        return row is { EndedAt: null, ContextPercent: { } percent } ? line.Add($"  ctx {Gauge(percent)}", Tone.Faint) : line;
    }

    private static Piece Mark(TaskState state, int frame) => state switch
    {
        TaskState.NeedsInput => new Piece("!", Tone.Attention),
        TaskState.Failed => new Piece("✗", Tone.Bad),
        TaskState.Review or TaskState.Done or TaskState.Merged => new Piece("✓", Tone.Good),
        TaskState.Working or TaskState.Starting => Spinner[frame % Spinner.Length],
        TaskState.Queued => "·",
        TaskState.Stopped or TaskState.Skipped => "–",
    };

    private static string Gauge(double percent)
    {
        var full = (int)Math.Round(Math.Clamp(percent, 0, 100) / 100 * GaugeCells);
        return string.Create(CultureInfo.InvariantCulture, $"▕{new string('█', full)}{new string('░', GaugeCells - full)}▏ {percent:0}%");
    }

    private static DateTimeOffset Asked(RunView run, TaskRow row) =>
        row.Question is { } id && run.Questions.TryGetValue(id, out var question) ? question.AskedAt : row.StartedAt ?? row.QueuedAt;

    // What to type next, for the first thing that waits; leaving is always possible.
    private static Styled Footer(RunView run)
    {
        var next = new List<string>();
        if (run.OpenQuestions.FirstOrDefault() is { } question)
            next.Add($"cloister {QuestionText.HowToAnswer(question).Split(" · ")[0]}");
        if (run.TasksInOrder.FirstOrDefault(task => task.State == TaskState.Failed) is { } failed)
            next.Add($"cloister logs {run.Id}/{failed.Definition.Id}");
        next.Add("ctrl-c leave (agents go on)");
        return new Styled(new Piece($" {string.Join("   ", next)}", Tone.Faint));
    }

    private static Piece Cell(string text, int width)
    {
        var fitted = TextWidth.Fit(TerminalText.Line(text), width - 1);
        return fitted + new string(' ', width - TextWidth.Of(fitted));
    }
}
