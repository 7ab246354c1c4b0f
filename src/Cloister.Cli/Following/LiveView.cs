using System.Globalization;
using Cloister.Cli.Output;
using Cloister.Runs;
using Cloister.Runs.Watching;

namespace Cloister.Cli.Following;

/// <summary>What the live screen shows of a run at one moment: the tasks in the order of attention. Pure.</summary>
internal static class LiveView
{
    private const int LongestName = 24, LongestAgent = 22, GaugeCells = 10;

    private static readonly string[] Spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

    private static readonly (string Title, Func<TaskState, bool> Has)[] Groups =
    [
        ("NEEDS YOU", state => state == TaskState.NeedsInput),
        ("FAILED", state => state == TaskState.Failed),
        ("READY FOR REVIEW", state => state == TaskState.Review),
        ("WORKING", state => state is TaskState.Working or TaskState.Starting),
        ("HANDED OUT", state => state == TaskState.HandedOut),
        ("QUEUED", state => state == TaskState.Queued),
        ("PLANNED", state => state == TaskState.Planned),
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
        var columns = Columns.For(run, now, width);
        foreach (var (title, has) in Groups)
        {
            var tasks = run.TasksInOrder.Where(task => has(task.State)).ToList();
            if (tasks.Count == 0)
                continue;
            body.Add(new Styled(new Piece($" {title}", Tone.Strong)));
            body.AddRange(tasks.Select(task => Row(run, task, columns, now, frame)));
        }
        IReadOnlyList<Styled> tail = run.Phase == RunPhase.Finished ? [] : ["", Footer(run)];
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

    private static Styled Row(RunView run, TaskView task, Columns columns, DateTimeOffset now, int frame)
    {
        var row = RunSummaries.Row(run, task);
        var figures = Figures(run, row, now);
        var line = new Styled(" ", Mark(task.State, frame), " ", Cell(row.Task, columns.Name));
        if (columns.Agent > 0)
            line.Add(Cell(Words.Agent(row.Agent, row.Model), columns.Agent));
        return figures.Text.Length == 0
            ? line.Add(TextWidth.Fit(TerminalText.Line(TaskTable.Detail(row)), columns.DetailAlone))
            : line.Add(Cell(TaskTable.Detail(row), columns.Detail)).Add(figures.Text, figures.Tone);
    }

    private static Piece Figures(RunView run, TaskRow row, DateTimeOffset now) => row.State switch
    {
        TaskState.NeedsInput => new Piece($"waiting {Words.Clock(now - Asked(run, row))}", Tone.Attention),
        TaskState.Queued or TaskState.Skipped or TaskState.Planned => "",
        TaskState.Starting or TaskState.Working or TaskState.Review or TaskState.Merged or TaskState.Done or TaskState.Failed or TaskState.Stopped
            or TaskState.HandedOut =>
            row.StartedAt is { } started
                ? new Piece($"{Words.Clock((row.EndedAt ?? now) - started)}  {Words.Money(row.CostUsd)}{Context(row)}", Tone.Faint)
                : "",
    };

    private static string Context(TaskRow row) => row is { EndedAt: null, ContextPercent: { } percent } ? $"  ctx {Gauge(percent)}" : "";

    private static Piece Mark(TaskState state, int frame) => state switch
    {
        TaskState.NeedsInput => new Piece("!", Tone.Attention),
        TaskState.Failed => new Piece("✗", Tone.Bad),
        TaskState.Review or TaskState.Done or TaskState.Merged => new Piece("✓", Tone.Good),
        TaskState.Working or TaskState.Starting => Spinner[frame % Spinner.Length],
        TaskState.Queued or TaskState.Planned => "·",
        TaskState.HandedOut => "→",
        TaskState.Stopped or TaskState.Skipped => "–",
    };

    private static string Gauge(double percent)
    {
        var full = (int)Math.Round(Math.Clamp(percent, 0, 100) / 100 * GaugeCells);
        return string.Create(CultureInfo.InvariantCulture, $"▕{new string('█', full)}{new string('░', GaugeCells - full)}▏ {Words.Percent(percent)}");
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

    private static string Cell(string text, int width)
    {
        var fitted = TextWidth.Fit(TerminalText.Line(text), width);
        return fitted + new string(' ', width - TextWidth.Of(fitted) + 2);
    }

    // As wide as what stands in them, within reason. What a task does gives way before what it costs, and who does it before both.
    private sealed record Columns(int Name, int Agent, int Detail, int DetailAlone)
    {
        // The mark and what stands around it; after each cell stand two more.
        private const int Margin = 3, Gap = 2;

        private const int ShortestDetail = 20;

        public static Columns For(RunView run, DateTimeOffset now, int width)
        {
            var rows = run.TasksInOrder.Select(task => RunSummaries.Row(run, task)).ToList();
            var name = Math.Min(LongestName, rows.Max(row => TextWidth.Of(row.Task)));
            var agent = Math.Min(LongestAgent, rows.Max(row => TextWidth.Of(Words.Agent(row.Agent, row.Model))));
            var figures = rows.Max(row => TextWidth.Of(Figures(run, row, now).Text)) is > 0 and var widest ? Gap + widest : 0;
            var alone = width - Margin - name - Gap;
            if (alone - agent - Gap - figures >= ShortestDetail)
                alone -= agent + Gap;
            else
                agent = 0;
            var started = rows.Where(row => row.StartedAt is not null).Select(row => TextWidth.Of(TerminalText.Line(TaskTable.Detail(row))));
            return new Columns(name, agent, Math.Clamp(alone - figures, 0, started.DefaultIfEmpty().Max()), Math.Max(0, alone));
        }
    }
}
