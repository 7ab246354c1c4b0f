using Cloister.Runs;

namespace Cloister.Tests.Simulation;

/// <summary>
/// Walks a run's journal and asks at every step whether it was allowed: starts, limits, stops and pauses, and how it ended. Its rules are
/// written without the scheduler's.
/// </summary>
internal sealed class RunOracle(World world, IReadOnlyList<Saying> said, RunId run)
{
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private readonly HashSet<string> _over = new(StringComparer.Ordinal);

    public void Judge(IReadOnlyList<RunEvent> journal)
    {
        var seen = said.Where(saying => saying.Heard == Heard.Accepted && saying.Seen is not null).ToLookup(saying => saying.Seen!.Position);
        var view = RunFold.Open((RunAccepted)journal[0]);
        foreach (var next in journal.Skip(1))
        {
            foreach (var saying in seen[view.Position])
                Obey(saying);
            var after = RunFold.Apply(view, next);
            Check(view, next, after);
            view = after;
        }
        CheckEnd(view);
    }

    // What was accepted holds from here on.
    private void Obey(Saying saying)
    {
        foreach (var task in saying.Seen!.TasksInOrder.Where(task => saying.Task is null || task.Definition.Id == saying.Task))
        {
            var id = task.Definition.Id;
            if (saying.Verb == "stop" && task is { Ended: false })
                _over.Add(id);
            if (saying.Verb == "pause" && task is { Ended: false })
                _held.Add(id);
        }
    }

    private void Check(RunView before, RunEvent next, RunView after)
    {
        switch (next)
        {
            case AttemptClaimed claimed:
                CheckStart(before, claimed);
                break;
            case TaskRetried retried:
                _over.Remove(retried.Task);
                _held.Remove(retried.Task);
                break;
            case TaskPaused paused:
                // The last of several hasty commands counts.
                _over.Remove(paused.Task);
                break;
            case TaskResumed resumed:
                _held.Remove(resumed.Task);
                break;
            case RunResumed:
                _held.RemoveWhere(id => !before.Tasks[id].Paused);
                break;
            case TaskStopped stopped when !said.Any(saying => saying.Verb == "stop" && (saying.Task is null || IsPartOf(before, stopped.Task, saying.Task))):
                Complain($"{stopped.Task} was stopped, and nobody asked for it");
                break;
            case TaskSucceeded or TaskFailed or TaskRequeued or TaskStopped:
                CheckKept(before, (TaskEvent)next);
                break;
            case RunFinished when !after.Tasks.Values.All(task => task.Ended):
                Complain("it finished with tasks that have not ended");
                break;
        }
    }

    private void CheckStart(RunView before, AttemptClaimed claimed)
    {
        var task = before.Tasks[claimed.Task];
        var plan = task.Definition;
        var asksForFailure = plan.If is { } condition && (condition.StartsWith("always", StringComparison.Ordinal) || condition.StartsWith("failure", StringComparison.Ordinal));
        if (!plan.Needs.Concat(plan.After).All(id => before.Tasks[id].Ended))
            Complain($"{claimed.Task} started before the tasks it waits for had ended");
        if (!asksForFailure && !plan.Needs.All(id => EndedWell(before.Tasks[id])))
            Complain($"{claimed.Task} started although what it needs did not end well");
        if (before.Plan.Concurrency is { } limit && before.Tasks.Values.Count(IsBusy) >= limit)
            Complain($"{claimed.Task} started as one more than the plan's {limit}");
        if (before.BudgetUsd is { } budget && before.CostUsd >= budget)
            Complain($"{claimed.Task} started after the run's ${budget} were spent");
        if (plan.BudgetUsd is { } own && task.CostUsd >= own + task.MoreBudgetUsd)
            Complain($"{claimed.Task} started after its own ${own} were spent");
        if (task.Attempt is { Outcome: null } last)
            Complain($"{claimed.Task}#{claimed.Attempt} started before the end of #{last.Number} was told");
        if (_over.Contains(claimed.Task))
            Complain($"{claimed.Task}#{claimed.Attempt} started after its stop was accepted");
        if (_held.Contains(claimed.Task))
            Complain($"{claimed.Task}#{claimed.Attempt} started while it was paused");
    }

    private void CheckKept(RunView before, TaskEvent end)
    {
        var attempt = before.Tasks[end.Task].LiveAttempt;
        if (attempt is { Outcome: not null, Prepared: true } && !world.Kept.Contains(new AttemptRef(new TaskRef(run, end.Task), attempt.Number)))
            Complain($"{end.Task}#{attempt.Number} ended before its work was kept");
    }

    private void CheckEnd(RunView view)
    {
        var failed = view.Tasks.Values.Where(task => task.State == TaskState.Failed && !task.Definition.ContinueOnError).Select(task => task.Reason).ToList();
        var expected = failed.Contains(TaskReason.Auth) ? RunOutcome.Auth
            : failed.Contains(TaskReason.Budget) ? RunOutcome.Budget
            : failed.Count > 0 ? RunOutcome.Failed
            : view.Tasks.Values.Any(task => task.State == TaskState.Stopped) ? RunOutcome.Stopped
            : RunOutcome.Succeeded;
        if (view.Phase != RunPhase.Finished)
            Complain("it never finished");
        else if (view.Outcome != expected)
            Complain($"it ended as {view.Outcome}, and its tasks say {expected}");
    }

    private static bool IsPartOf(RunView view, string task, string asked) => task == asked || view.Tasks[task].CopyOf == asked;

    private static bool IsBusy(TaskView task) => task.State is TaskState.Starting or TaskState.Working;

    private static bool EndedWell(TaskView task) => task.State switch
    {
        TaskState.Review or TaskState.Merged or TaskState.Done => true,
        TaskState.Failed => task.Definition.ContinueOnError,
        TaskState.Planned or TaskState.HandedOut => false,
        TaskState.Queued or TaskState.Starting or TaskState.Working or TaskState.NeedsInput or TaskState.Stopped or TaskState.Skipped => false,
    };

    private void Complain(string what) => world.Complain($"{run}: {what}");
}
