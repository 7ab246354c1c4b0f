using Cloister.Runs;
using Cloister.Server.Mcp.Waiting;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>Waits for a task as long as the client can bear. The work is never tied to it: who waits on asks again.</summary>
/// <param name="call">The call.</param>
internal sealed class SubtaskWait(ToolCall call)
{
    /// <summary>Waits until an agent of the task has ended, cannot begin, or waits for a person.</summary>
    public Task<RunView> ForEndAsync(TaskRef task, CancellationToken cancellationToken) =>
        ForAsync(task, one => one.Ended || one.State is TaskState.Planned or TaskState.HandedOut || StartObstacle.Of(one) is not null, WaitLimits.For(call.Caller.ClientName), cancellationToken);

    /// <summary>Waits until the task is as wanted, a person has to answer, or the time is up.</summary>
    public async Task<RunView> ForAsync(TaskRef task, Func<TaskView, bool> wanted, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(limit, call.Desk.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        while (true)
        {
            // The number first: what happens while we look is seen by the watch.
            var since = (await call.Orchestrator.StatusAsync(cancellationToken)).Sequence;
            var run = await call.Orchestrator.GetAsync(task.Run, cancellationToken);
            var one = run.TaskOf(task.Task);
            call.Caller.Doing = $"{task} {Api.EnumWord.Of(one.State)}{(one.Detail is { } detail ? $": {Plain.Line(detail)}" : "")}";
            if (wanted(one) || patience.IsCancellationRequested)
                return run;
            if (one.State == TaskState.NeedsInput && !await AskPersonAsync(run, task, limit, cancellationToken))
                return run;
            await ChangeAsync(task, since, patience.Token, either.Token, cancellationToken);
        }
    }

    private async Task<bool> AskPersonAsync(RunView run, TaskRef task, TimeSpan patience, CancellationToken cancellationToken)
    {
        var settled = false;
        foreach (var question in run.OpenQuestions.Where(question => question.Task == task))
            settled |= await PersonForm.AskAsync(call, question, patience, cancellationToken);
        return settled;
    }

    private async Task ChangeAsync(TaskRef task, long since, CancellationToken patience, CancellationToken either, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var update in call.Orchestrator.WatchAsync(task.Run, since, either))
            {
                if (update.Task == task.Task && Attention.IsChange(update))
                    return;
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The time is up; the last look says how it stands.
        }
    }
}
