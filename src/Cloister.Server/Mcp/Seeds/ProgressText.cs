using System.Globalization;
using Cloister.Accounting;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>How far a session is, in lines: its time, its context, and what its agent reported.</summary>
internal static class ProgressText
{
    // The newest say it; the log has all of them.
    private const int MostReports = 10;

    /// <param name="task">What it works on.</param>
    /// <param name="reports">What its agent reported, newest last.</param>
    /// <param name="now">The time.</param>
    public static string Of(TaskView task, IReadOnlyList<string> reports, DateTimeOffset now)
    {
        var lines = new List<string> { $"{EnumWord.Of(task.State)}{(task.Detail is { Length: > 0 } detail ? $": {Plain.Line(detail)}" : "")}" };
        if (task.Attempt is { } attempt)
        {
            if (task.LiveAttempt is not null)
                lines.Add(Time(attempt, now));
            lines.Add(Context(task, attempt));
        }
        lines.Add(reports.Count == 0 ? "no reports yet" : "reports, newest last:");
        lines.AddRange(reports.TakeLast(MostReports).Select(report => $"- {report}"));
        return string.Join('\n', lines);
    }

    /// <summary>What the agent of a task reported.</summary>
    public static async Task<IReadOnlyList<string>> ReportsAsync(IOrchestrator orchestrator, RunView run, string task, CancellationToken cancellationToken)
    {
        var reports = new List<string>();
        if (run.Position == 0)
            return reports;
        // One update for each event: after so many everything is told that the view knows.
        var left = run.Position;
        await foreach (var update in orchestrator.WatchAsync(run.Id, since: 0, cancellationToken))
        {
            if (update.Task == task && update.Event == $"attempt.{NoteKinds.Reported}")
                reports.Add(Plain.Line(update.Text, 300));
            if (--left <= 0)
                break;
        }
        return reports;
    }

    private static string Time(AttemptView attempt, DateTimeOffset now)
    {
        var (used, all) = ((attempt.WaitsSince ?? now) - attempt.ClaimedAt, attempt.Deadline - attempt.ClaimedAt);
        return string.Create(CultureInfo.InvariantCulture, $"time: {used.TotalMinutes:0.0} of {all.TotalMinutes:0.0} min, {100 * used / all:0}%{(attempt.WaitsSince is null ? "" : ", stands still while it waits")}");
    }

    private static string Context(TaskView task, AttemptView attempt)
    {
        var limit = new ContextLimit(task.Definition.Session.ContextLimit, attempt.Usage.ContextWindow);
        var used = attempt.Usage.ContextTokens;
        var whose = limit.Tokens == limit.Own ? "the session's limit" : limit.Tokens == 0 ? "not known yet" : "the model's window";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"context: {used} of {limit.Tokens} tokens ({whose}), {limit.ZoneOf(used).ToString().ToLowerInvariant()}; {attempt.Usage.Turns} turns, {attempt.Compactions} compactions, {task.Handovers} hand-overs, ${task.CostUsd:0.00}");
    }
}
