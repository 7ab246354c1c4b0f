using Cloister.Landing;
using Cloister.Plans;
using Cloister.Runs.Boards;

namespace Cloister.Runs.Merging;

/// <summary>
/// Lets an agent settle what does not merge: finished tasks by a task of their run that needs all of them, a task that failed because its
/// needs do not merge by another attempt of its own.
/// </summary>
internal sealed class Settlement(RunBoard board, RunLanding landing, TimeProvider time, Func<RunId, string?, RunCommand, CancellationToken, Task<RunView>> control)
{
    private readonly NamedLocks<RunId> _turns = new();

    /// <summary>Asks an orchestrator for it, and names the one task that settles.</summary>
    /// <param name="orchestrator">Whom to ask.</param>
    /// <param name="run">The run.</param>
    /// <param name="references">What was named: the run, or one task of it.</param>
    /// <param name="tasks">The tasks among these.</param>
    /// <param name="settle">The request.</param>
    /// <param name="cancellationToken">Cancels the wait; what has begun goes on.</param>
    public static async Task<TaskView> AskAsync(
        IOrchestrator orchestrator, RunId run, IReadOnlyList<string> references, IReadOnlyList<string> tasks, SettleCommand settle, CancellationToken cancellationToken)
    {
        if (references.Count > 1)
            throw new CloisterException(
                "merge.settle", $"an agent settles all of {run} that does not merge, or one task that failed of its conflict: {string.Join(", ", references.Take(5))} is neither",
                $"cloister merge {run} --settle");
        var view = await orchestrator.ControlAsync(run, tasks is [var only] ? only : null, settle, cancellationToken);
        if (tasks is [var named])
            return view.TaskOf(named);
        if (SettlingTask.AddedBy(view, settle.Key) is { } added)
            return view.Tasks[added];
        var preview = await orchestrator.MergeAsync(new MergeRequest(run, [], PreviewOnly: true), cancellationToken);
        return SettlingTask.AtIt(view, preview) is { } at
            ? view.Tasks[at]
            : throw new CloisterException("merge.settle", $"the task of {run} that settles it has ended meanwhile", $"cloister merge {run}");
    }

    public async Task<RunView> BeginAsync(Orchestrator run, string? task, SettleCommand settle, CancellationToken cancellationToken)
    {
        // Who asks while another is asking finds what that one has begun.
        using var turn = await _turns.TakeAsync(run.View.Id, cancellationToken);
        if (task is not null)
            return await AgainAsync(run.View, run.View.TaskOf(task), settle, cancellationToken);
        var id = SettlingTask.AddedBy(run.View, settle.Key) ?? await FindOrAddAsync(run, settle.Key, cancellationToken);
        // Asked for again, what has begun goes on, and what has failed is for a person.
        return run.View.Tasks[id].State == TaskState.Planned
            ? await board.ControlAsync(run, id, new ReleaseCommand { ModelAccess = settle.ModelAccess }, cancellationToken)
            : run.View;
    }

    private async Task<string> FindOrAddAsync(Orchestrator run, string key, CancellationToken cancellationToken)
    {
        var preview = await landing.MergeAsync(run, new MergeRequest(run.View.Id, [], PreviewOnly: true), cancellationToken);
        var view = await run.DecideAsync(now => SettlingTask.FindOrAdd(now, key, preview, time.GetUtcNow()), cancellationToken);
        return SettlingTask.AddedBy(view, key) ?? SettlingTask.AtIt(view, preview)!;
    }

    private Task<RunView> AgainAsync(RunView view, TaskView task, SettleCommand settle, CancellationToken cancellationToken) => task switch
    {
        { State: TaskState.Failed, Reason: TaskReason.Conflict } => control(
            view.Id,
            task.Definition.Id,
            new RetryCommand(Clean: false, Agent: null, Model: null, Text: null) { ModelAccess = settle.ModelAccess, OnConflict = ConflictAnswer.Agent },
            cancellationToken),
        { Ended: false, Definition.OnConflict: ConflictAnswer.Agent } when task.State != TaskState.Planned => Task.FromResult(view),
        _ => throw new CloisterException(
            "merge.settle", $"{view.Id}/{task.Definition.Id} did not fail of a conflict", $"an agent settles what of {view.Id} does not merge: cloister merge {view.Id} --settle"),
    };
}
