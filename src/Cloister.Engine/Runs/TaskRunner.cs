using System.Threading.Channels;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Runs.Messages;
using Cloister.Runs.Projection;
using Cloister.Runs.Prompts;
using Cloister.Sessions;
using Cloister.Workspaces;
using Microsoft.Extensions.Logging;

namespace Cloister.Runs;

/// <summary>
/// One attempt, top to bottom: workspace → setup → session → commit → checks → result. Each step is skipped when the journal says it is
/// done, so that after a restart the same call picks the attempt up wherever it was.
/// </summary>
internal sealed partial class TaskRunner(Orchestrator run, RunServices services, Breaker breaker, string task, int attempt)
{
    public int Attempt => attempt;

    private AttemptRef Ref => new(new TaskRef(run.View.Id, task), attempt);

    private TaskView Task => run.View.Tasks[task];

    private AttemptView Current => Task.Attempts[attempt - 1];

    /// <param name="inputs">What people say to the agent.</param>
    /// <param name="stopRequested">Cancelled when the attempt is to end: setup and checks are not waited for any more.</param>
    /// <param name="detach">Cancelled when the engine leaves: everything stays as it is for the next one.</param>
    public async Task RunAsync(ChannelReader<AgentInput> inputs, CancellationToken stopRequested, CancellationToken detach)
    {
        // A runner is never stepped on the actor's thread.
        await System.Threading.Tasks.Task.Yield();
        try
        {
            await StepOrFailAsync(inputs, stopRequested, detach);
        }
        catch (OperationCanceledException) when (detach.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // A supervised edge: an attempt that nobody follows any more takes the engine with it, and the next one picks it up.
        catch (Exception gone)
#pragma warning restore CA1031
        {
            LogStoreGone(services.Logger, Ref, gone);
            services.Failed.TrySetResult(gone as CloisterException ?? new CloisterException("engine.failed", $"{Ref}: {gone.Message}", "the next command starts the engine again", gone));
        }
    }

    private async Task StepOrFailAsync(ChannelReader<AgentInput> inputs, CancellationToken stopRequested, CancellationToken detach)
    {
        try
        {
            await StepAsync(inputs, stopRequested, detach);
        }
        catch (OperationCanceledException) when (detach.IsCancellationRequested)
        {
        }
        catch (CloisterException failed) when (!IsEngineGone(failed))
        {
            await FailAsync(ReasonOf(failed), Explain(failed), detach);
        }
#pragma warning disable CA1031 // A supervised edge: whatever a runner dies of must end its task visibly, not leave it "working" for ever.
        catch (Exception bug) when (bug is not CloisterException)
#pragma warning restore CA1031
        {
            LogRunnerFailed(services.Logger, Ref, bug);
            await FailAsync(TaskReason.Crash, $"internal error: {bug.Message}", detach);
        }
    }

    private static bool IsEngineGone(Exception failed) => failed is CloisterException { Code: var code }
        && (code.StartsWith("engine.", StringComparison.Ordinal) || code.StartsWith("store.", StringComparison.Ordinal));

    private async Task StepAsync(ChannelReader<AgentInput> inputs, CancellationToken stopRequested, CancellationToken detach)
    {
        var workspace = await PrepareAsync(detach);
        var outcome = Current.Outcome
            ?? (await SetUpAsync(workspace, stopRequested, detach)
                ? await RunAgentAsync(workspace, inputs, stopRequested, detach)
                : await EndAsync(NoAgent(TaskReason.Workspace, "its setup failed"), detach));
        await KeepWorkAsync(workspace, outcome, detach);
        await MeasureIsolationAsync(detach);
        if (outcome.Verdict == AgentVerdict.Succeeded)
            await CheckAsync(workspace, stopRequested, detach);
        await ConcludeAsync(detach);
    }

    private async Task<Workspace> PrepareAsync(CancellationToken detach)
    {
        if (Current.Prepared && Task.Workspace is { } known)
            return known;
        var shared = SessionThread.SharedWorkspace(run.View, Task);
        using var held = await services.WorkspaceLocks.TakeAsync(shared?.Owner ?? Ref.Task, detach);
        var view = run.View;
        var request = new WorkspaceRequest(Ref.Task, view.Source.Project, view.Source.BaseCommit, NeededWorkOf(view, Task))
        {
            LayConflicts = Task.Definition.OnConflict == ConflictAnswer.Agent,
            StartOver = Current.FromBase,
        };
        var workspace = await Git.DespiteKillsAsync(() => shared is null ? OwnAsync(request, detach) : JoinAsync(shared, request, detach));
        await RecordAsync(_ => [new WorkspacePrepared(task, attempt, workspace)], detach);
        return workspace;
    }

    private async Task<Workspace> OwnAsync(WorkspaceRequest request, CancellationToken detach)
    {
        var provider = services.WorkspaceFor(run.View, Task);
        if (Current.FromBase && Task.Workspace is { } old)
            await StartOverAsync(provider, old, detach);
        return await provider.PrepareAsync(request, detach);
    }

    // It was made before what this task needs was done elsewhere.
    private async Task<Workspace> JoinAsync(Workspace shared, WorkspaceRequest request, CancellationToken detach)
    {
        if (Current.FromBase)
            throw SessionThread.CannotBeginAfresh(Ref.Task, shared);
        var provider = services.Workspaces[shared.Kind];
        var found = await provider.PrepareAsync(request with { Task = shared.Owner!.Value, Needs = [], RestoreFrom = Task.Work?.Commit ?? shared.BaseCommit }, detach);
        return await provider.BringInAsync(shared with { Path = found.Path, Branch = found.Branch, Created = found.Created }, Ref, request, detach);
    }

    private async Task StartOverAsync(IWorkspaceProvider provider, Workspace old, CancellationToken detach)
    {
        var removal = await provider.RemoveAsync(old, Ref.Task, detach);
        if (!removal.Removed)
            throw new CloisterException("workspace.holds_work", $"the old workspace cannot be replaced: {removal.WhyNot}", "retry without --clean");
        await RecordAsync(_ => [new WorkspaceForgotten(task)], detach);
    }

    private async Task<bool> SetUpAsync(Workspace workspace, CancellationToken stopRequested, CancellationToken detach)
    {
        if (Current.Setup is { } done)
            return done.Passed;
        var commands = Task.Definition.Setup;
        var setUpBefore = Task.Attempts.Any(a => a.Setup is { Passed: true });
        if (commands.Count == 0 || Current.StartedAt is not null || (setUpBefore && !workspace.Created))
            return true;
        // Recorded once, at the end: a setup that was interrupted half way runs again from its first command.
        CommandResult? result = null;
        foreach (var command in commands)
        {
            result = await services.Commands.RunAsync(command, workspace.Path, Ref, Current.Deadline, stopRequested, detach);
            if (!result.Passed)
                break;
        }
        await RecordAsync(_ => [new SetupFinished(task, attempt, result!)], detach);
        return result!.Passed;
    }

    private async Task<AgentOutcome> RunAgentAsync(
        Workspace workspace, ChannelReader<AgentInput> inputs, CancellationToken stopRequested, CancellationToken detach)
    {
        if (!await MayBeginAsync(stopRequested, detach))
            return await EndAsync(NoAgent(TaskReason.User, "stopped before it started") with { Verdict = AgentVerdict.Stopped }, detach);
        var outcome = await FollowAsync(workspace, inputs, detach);
        TellBreaker(outcome);
        return await EndAsync(outcome, detach);
    }

    // Claimed by an engine that died before the agent began, and found by one that would start it on another account.
    private async Task<bool> MayBeginAsync(CancellationToken stopRequested, CancellationToken detach)
    {
        if (services.ModelAccess.Has(run.View) || services.Backend.HasBegun(services.FolderOf(Current)))
            return true;
        try
        {
            await services.ModelAccess.UntilKnownAsync(run.View, stopRequested);
            return true;
        }
        catch (OperationCanceledException) when (!detach.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<AgentOutcome> FollowAsync(Workspace workspace, ChannelReader<AgentInput> inputs, CancellationToken detach)
    {
        var agentTask = await new AttemptOpening(run, services, task, attempt).BuildAsync(workspace, detach);
        if (SessionThread.FolderOf(services.State, run.View, Task, Current) is not { } folder)
            return await services.Backend.RunAsync(agentTask, new JournalObserver(run, services, task, attempt), inputs, detach);
        services.Mail.Follow(run, task, folder);
        try
        {
            return await services.Backend.RunAsync(agentTask, new JournalObserver(run, services, task, attempt), inputs, detach);
        }
        finally
        {
            if (!detach.IsCancellationRequested)
                await new SessionResultsIntake(run, services, task, attempt).TakeAsync(folder, detach);
        }
    }

    // Whatever becomes of an attempt, its end stands in the journal before its task goes on: the next one is not claimed before.
    private async Task<AgentOutcome> EndAsync(AgentOutcome outcome, CancellationToken detach)
    {
        IReadOnlyList<RunEvent> notes = outcome.Survivors is { } survivors ? [new AttemptNoted(task, attempt, NoteKinds.Survivors, survivors)] : [];
        await RecordAsync(view => OutcomeIn(view) is null ? [.. notes, new AttemptEnded(task, attempt, outcome, services.Time.GetUtcNow())] : [], detach);
        return Current.Outcome!;
    }

    private AgentOutcome? OutcomeIn(RunView view) => view.Tasks[task].Attempts[attempt - 1].Outcome;

    // The figures are those that the journal has: nothing came after them.
    private AgentOutcome NoAgent(TaskReason reason, string message) => new(
        AgentVerdict.Failed, reason, message, Result: null, StructuredResult: null, Current.Usage.Tokens, Current.Usage.CostUsd, Resumable: Current.StartedAt is not null);

    private async Task<WorkSnapshot> KeepWorkAsync(Workspace workspace, AgentOutcome outcome, CancellationToken detach)
    {
        if (Current.Work is { } kept)
            return kept;
        var title = outcome.Verdict == AgentVerdict.Succeeded ? Task.Definition.Title : $"{Task.Definition.Title} (unfinished)";
        var message = $"{title}\n\nTask: {Ref.Task}\nAttempt: {attempt}\n";
        var snapshot = await Git.DespiteKillsAsync(() => services.Workspaces[workspace.Kind].SnapshotAsync(workspace, Ref, message, detach));
        await RecordAsync(
            _ => snapshot.NotKept is { } why
                ? [new WorkKept(task, attempt, snapshot), new AttemptNoted(task, attempt, NoteKinds.NotKept, why)]
                : [new WorkKept(task, attempt, snapshot)],
            detach);
        return snapshot;
    }

    private async Task MeasureIsolationAsync(CancellationToken detach)
    {
        if (Current is not { Isolation: null, StartedAt: not null } || IsolationProbe.Markers(run.View, Task) is not { Count: > 0 } markers)
            return;
        var search = await IsolationProbe.SearchAsync(services.FolderOf(Current), markers, detach);
        await RecordAsync(_ => [new IsolationMeasured(task, attempt, search.Planted, search.Found)], detach);
    }

    private async Task CheckAsync(Workspace workspace, CancellationToken stopRequested, CancellationToken detach)
    {
        if (!Current.Checks.All(check => check.Passed) || !await IsSettledAsync(workspace, detach))
            return;
        foreach (var command in Task.Definition.Checks.Skip(Current.Checks.Count))
        {
            var result = await services.Commands.RunAsync(command, workspace.Path, Ref, Current.Deadline, stopRequested, detach);
            await RecordAsync(_ => [new CheckFinished(task, attempt, result)], detach);
            if (!result.Passed)
                return;
        }
    }

    // Only when something is left it is said, as a check that failed: the others would judge files that hold both sides.
    private async Task<bool> IsSettledAsync(Workspace workspace, CancellationToken detach)
    {
        if (workspace.Conflicts is null || Current.Work?.Commit is not { } commit)
            return true;
        var left = await Git.DespiteKillsAsync(() => services.Workspaces[workspace.Kind].UnsettledAsync(workspace, commit, detach));
        if (left.Count == 0)
            return true;
        await RecordAsync(_ => [new CheckFinished(task, attempt, ConflictTexts.Unsettled(left))], detach);
        return false;
    }

    private Task ConcludeAsync(CancellationToken detach) => RecordAsync(
        view => view.Tasks[task].LiveAttempt?.Number != attempt ? [] : [Conclusion.Of(view.Tasks[task], services.Time.GetUtcNow())], detach);

    // What goes wrong on our side ends an attempt as its agent's end does: nobody works on unseen, what it said last is heard, its work is kept.
    private async Task FailAsync(TaskReason reason, string message, CancellationToken detach)
    {
        var began = false;
        AgentOutcome? last = null;
        message += await TroubleOfAsync(
            "its agent could not be ended", async () => began = await services.Backend.AbandonAsync(services.FolderOf(Current), detach), detach);
        if (began && Current.Outcome is null)
            message += await TroubleOfAsync(
                "what it said last could not be read", async () => last = await FollowAsync(Task.Workspace!, Channel.CreateBounded<AgentInput>(1), detach), detach);
        if (Current.Outcome is null)
            await EndAsync(last is null ? NoAgent(reason, message) : last with { Verdict = AgentVerdict.Failed, Reason = reason, Message = message }, detach);
        if (Current.Prepared)
            message += await TroubleOfAsync("its work could not be kept and is only in its workspace", () => KeepWorkAsync(Task.Workspace!, Current.Outcome!, detach), detach);
        await RecordAsync(
            view => view.Tasks[task].LiveAttempt?.Number != attempt ? [] : [new TaskFailed(task, reason, message, services.Time.GetUtcNow())], detach);
    }

    // On the way out: what goes wrong now is said beside the first cause, never instead of it.
    private async Task<string> TroubleOfAsync(string otherwise, Func<Task> step, CancellationToken detach)
    {
        try
        {
            await step();
            return "";
        }
#pragma warning disable CA1031 // A supervised edge: the task has failed already, and has to be said to have failed.
        catch (Exception failed) when (!detach.IsCancellationRequested && !IsEngineGone(failed))
#pragma warning restore CA1031
        {
            LogNotDone(services.Logger, Ref, failed);
            return $"; {otherwise}: {failed.Message}";
        }
    }

    private async Task RecordAsync(Func<RunView, IReadOnlyList<RunEvent>> decide, CancellationToken detach) =>
        await run.DecideAsync(decide, detach);

    private void TellBreaker(AgentOutcome outcome)
    {
        switch (outcome.Verdict)
        {
            case AgentVerdict.Unavailable:
                breaker.Trip();
                break;
            case AgentVerdict.Parked:
                breaker.Park(outcome.ResetsAt ?? services.Time.GetUtcNow() + Conclusion.UnknownReset);
                break;
            case AgentVerdict.Succeeded:
                breaker.Reset();
                break;
            case AgentVerdict.Stopped or AgentVerdict.Failed or AgentVerdict.Crashed or AgentVerdict.Unauthorized:
                break;
        }
    }

    // A matrix task's work is the work of its copies.
    private static List<NeededWork> NeededWorkOf(RunView view, TaskView task) =>
        task.Definition.Needs
            .SelectMany(id => view.Tasks[id].Copies ?? [id])
            .Select(id => view.Tasks[id])
            .Where(needed => needed.HasWorkToMerge && TaskMachine.IsSuccess(needed.State))
            .Select(needed => new NeededWork(new TaskRef(view.Id, needed.Definition.Id), needed.Work!.Commit!))
            .ToList();

    private static TaskReason ReasonOf(CloisterException failed) => failed.Code switch
    {
        "workspace.conflict" => TaskReason.Conflict,
        _ when failed.Code.StartsWith("context.", StringComparison.Ordinal) => TaskReason.Context,
        _ when failed.Code.StartsWith("claude.", StringComparison.Ordinal) => TaskReason.Protocol,
        _ => TaskReason.Workspace,
    };

    private static string Explain(CloisterException failed) => failed.Hint is { } hint ? $"{failed.Message} ({hint})" : failed.Message;

    [LoggerMessage(EventId = 201, EventName = "attempt.store_gone", Level = LogLevel.Warning, Message = "{Attempt}: left to the next engine")]
    private static partial void LogStoreGone(ILogger logger, AttemptRef attempt, Exception failed);

    [LoggerMessage(EventId = 202, EventName = "attempt.runner_failed", Level = LogLevel.Error, Message = "{Attempt}: the runner failed")]
    private static partial void LogRunnerFailed(ILogger logger, AttemptRef attempt, Exception bug);

    [LoggerMessage(EventId = 203, EventName = "attempt.not_done", Level = LogLevel.Warning, Message = "{Attempt}: could not be ended as it should")]
    private static partial void LogNotDone(ILogger logger, AttemptRef attempt, Exception cause);
}
