using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>Ends sessions and lets them go on.</summary>
/// <param name="call">The call.</param>
/// <param name="desk">The runs.</param>
internal sealed class SessionControl(ToolCall call, SeedDesk desk)
{
    // The ladder that ends an agent's processes is shorter; what takes longer is told as it stands.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    /// <summary>Ends what the session does, with all its processes; the work is kept. A named session that does nothing is closed.</summary>
    public async Task<ToolAnswer> KillAsync(SessionTarget target, CancellationToken cancellationToken)
    {
        var open = target.Tasks.Where(task => IsAgents(task) || (target.Named is null && task.State is TaskState.Planned or TaskState.HandedOut)).ToList();
        if (open.Count == 0 && target.Named is { IsOpen: true } named)
        {
            var closed = await call.Orchestrator.ControlAsync(target.Run.Id, null, new CloseSessionCommand(named.Session.Name), cancellationToken);
            return await ToldAsync(target.In(closed), "it takes no more tasks; action resume opens it again", cancellationToken);
        }
        if (open.Count == 0)
            return await ToldAsync(target, "nothing of it runs", cancellationToken);
        var run = target.Run;
        foreach (var task in open)
            run = await desk.ControlAsync(run, task.Definition.Id, new StopCommand(), cancellationToken);
        foreach (var task in open)
            run = await new SubtaskWait(call).ForAsync(new TaskRef(run.Id, task.Definition.Id), now => now.Ended, EndLimit, cancellationToken);
        return await ToldAsync(target.In(run), null, cancellationToken);
    }

    /// <summary>Lets it go on: after kill, a crash, a limit, or when it was closed.</summary>
    public async Task<ToolAnswer> ResumeAsync(SessionTarget target, CancellationToken cancellationToken)
    {
        call.Desk.RequireOwnKind(target.Run);
        var (run, said) = (target.Run, (string?)null);
        if (target.Named is { IsOpen: false } closed)
        {
            run = await call.Orchestrator.ControlAsync(run.Id, null, new OpenSessionCommand(closed.Session), cancellationToken);
            said = "it is open again";
        }
        foreach (var task in target.Tasks.Where(task => Command(run, task) is not null).ToList())
        {
            run = await desk.ControlAsync(run, task.Definition.Id, Command(run, task)!, cancellationToken);
            said = task.State == TaskState.Failed ? "another try, where it was" : "it goes on where it was";
        }
        return await ToldAsync(target.In(run), said ?? "nothing of it is stopped or failed", cancellationToken);
    }

    // Work of whoever calls is no agent's to go on with.
    private RunCommand? Command(RunView run, TaskView task) => task.State switch
    {
        TaskState.Stopped => new ResumeCommand { ModelAccess = desk.ModelAccess },
        TaskState.Failed => new RetryCommand(Clean: false, null, null, null) { ModelAccess = desk.ModelAccess },
        TaskState.Queued when task.Paused || run.AccessLost || task.Reason == TaskReason.Auth => new ResumeCommand { ModelAccess = desk.ModelAccess },
        _ => null,
    };

    private static bool IsAgents(TaskView task) => task.State is TaskState.Queued or TaskState.Starting or TaskState.Working or TaskState.NeedsInput;

    private async Task<ToolAnswer> ToldAsync(SessionTarget target, string? said, CancellationToken cancellationToken)
    {
        var answer = await MonitorTool.AnswerAsync(desk, target, cancellationToken);
        return SeedDesk.Told(said is null ? answer : answer with { NextStep = $"{said}; {answer.NextStep}" });
    }
}
