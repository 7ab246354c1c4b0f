using Cloister.Runs;
using Cloister.Server.Mcp.Documents;

namespace Cloister.Server.Mcp.Seeds;

/// <summary><c>orchestrator_monitor_isolated_execution</c>: how a session stands, what it said, its end and its going on.</summary>
internal static class MonitorTool
{
    private static readonly Parameter<string> SessionId = Terse.RequiredText("session_id");
    private static readonly Parameter<string> Action = Parameter.Word("action", ["status", "progress", "logs", "kill", "resume"]);
    private static readonly Parameter<bool> AutoRecovery = Terse.Flag("auto_recovery", true);
    private static readonly Parameter<string> TimeoutHandling = Parameter.Word("timeout_handling", SeedWords.TimeoutHandlings);

    public static McpTool Declaration { get; } = new(
        "orchestrator_monitor_isolated_execution",
        "logs: one page a call",
        [SessionId, Action, AutoRecovery, TimeoutHandling],
        RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var desk = new SeedDesk(call);
        var target = await new SessionLookup(desk).FindAsync(call.Get(SessionId), cancellationToken);
        target = await SetPolicyAsync(call, target, cancellationToken);
        var control = new SessionControl(call, desk);
        return call.Get(Action) switch
        {
            "progress" => await ProgressAsync(call, desk, target, cancellationToken),
            "logs" => await LogsAsync(call, desk, target, cancellationToken),
            "kill" => await control.KillAsync(target, cancellationToken),
            "resume" => await control.ResumeAsync(target, cancellationToken),
            _ => SeedDesk.Told(await AnswerAsync(desk, target, cancellationToken)),
        };
    }

    /// <summary>How a session stands: as its task does, or as itself while it has none.</summary>
    public static async Task<SeedAnswer> AnswerAsync(SeedDesk desk, SessionTarget target, CancellationToken cancellationToken)
    {
        if (target.Task is { } task)
            return await desk.AnswerAsync(target.Run, task, cancellationToken);
        var next = target.Named!.IsOpen
            ? $"it waits for its first task: orchestrator_execute_subtask_isolated with claude_code_workspace persistent for a task of the {target.Named.Session.Agent}"
            : "it is closed; action resume opens it again";
        return desk.Report.Of(target.Named, next);
    }

    private static async Task<ToolAnswer> ProgressAsync(ToolCall call, SeedDesk desk, SessionTarget target, CancellationToken cancellationToken)
    {
        var answer = await AnswerAsync(desk, target, cancellationToken);
        if (target.Task is not { } task)
            return SeedDesk.Told(answer);
        var text = ProgressText.Of(task, await ProgressText.ReportsAsync(call.Orchestrator, target.Run, task.Definition.Id, cancellationToken), desk.Now);
        return SeedDesk.Told(answer with { Results = answer.Results with { Summary = text } });
    }

    private static async Task<ToolAnswer> LogsAsync(ToolCall call, SeedDesk desk, SessionTarget target, CancellationToken cancellationToken)
    {
        var answer = await AnswerAsync(desk, target, cancellationToken);
        if (target.Task is not { Attempt: { } attempt } task)
            return SeedDesk.Told(answer with { NextStep = $"nothing is written yet; {answer.NextStep}" });
        var reference = new AttemptRef(new TaskRef(target.Run.Id, task.Definition.Id), attempt.Number);
        var (page, place) = await PageAsync(call, reference, cancellationToken);
        return SeedDesk.Told(answer with
        {
            Results = answer.Results with { Summary = page.Text.Length == 0 ? "(nothing is written yet)" : page.Text },
            NextStep = $"action logs again brings {place.Says}; {answer.NextStep}",
        });
    }

    private static async Task<(DocumentPage Page, LogPlace Behind)> PageAsync(ToolCall call, AttemptRef attempt, CancellationToken cancellationToken)
    {
        var (transcripts, pages, what) = (new Transcripts(call.Desk), call.Caller.Conversation.Pages, $"log {attempt}");
        for (var place = pages.Log(what); ;)
        {
            var page = await transcripts.PageAsync(attempt, place.Cursor, cancellationToken);
            if (page.Text.Length == 0 && place.Otherwise is { } other)
            {
                place = other;
                continue;
            }
            var behind = place.After(page);
            pages.Log(what, behind);
            return (page, behind);
        }
    }

    private static async Task<SessionTarget> SetPolicyAsync(ToolCall call, SessionTarget target, CancellationToken cancellationToken)
    {
        bool? recovery = call.Arguments.Has(AutoRecovery) ? call.Get(AutoRecovery) : null;
        Plans.TimeoutHandling? handling = call.Arguments.Has(TimeoutHandling) ? SeedWords.TimeoutOf(call.Get(TimeoutHandling)) : null;
        if (recovery is null && handling is null)
            return target;
        var run = target.Run;
        // Tasks to come get it from their session.
        if (target.Named is { IsOpen: true } named)
        {
            var settings = named.Session.Settings;
            settings = settings with { AutoRecovery = recovery ?? settings.AutoRecovery, OnTimeout = handling ?? settings.OnTimeout };
            run = await call.Orchestrator.ControlAsync(run.Id, null, new OpenSessionCommand(named.Session with { Settings = settings }), cancellationToken);
        }
        foreach (var task in target.Tasks.Where(task => !task.Ended || task.Definition.Id == target.Task?.Definition.Id))
            run = await call.Orchestrator.ControlAsync(run.Id, task.Definition.Id, new SetPolicyCommand(handling, recovery), cancellationToken);
        return target.In(run);
    }
}
