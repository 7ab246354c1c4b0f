using Cloister.Plans.Expressions;
using Cloister.Sessions;

namespace Cloister.Runs;

/// <summary>Something a run should do now.</summary>
internal abstract record ScheduleStep;

/// <summary>Claim an attempt of this task, if a slot is free.</summary>
internal sealed record StartTask(string Task) : ScheduleStep;

/// <summary>This task will not run.</summary>
internal sealed record SkipTask(string Task, TaskReason Reason, string Message) : ScheduleStep;

/// <summary>This task fails without an attempt.</summary>
internal sealed record FailTask(string Task, TaskReason Reason, string Message) : ScheduleStep;

/// <summary>Make the copies of this matrix task.</summary>
internal sealed record ExpandTask(string Task) : ScheduleStep;

/// <summary>All copies of this matrix task have ended.</summary>
internal sealed record CloseMatrix(string Task, TaskState State, string Message) : ScheduleStep;

/// <summary>End this task's running attempt.</summary>
internal sealed record StopTask(string Task, StopCause Cause) : ScheduleStep;

/// <summary>This task's time is nearly up, and it is to have more.</summary>
/// <param name="Time">How much.</param>
/// <param name="Number">The how manieth time, from 1.</param>
internal sealed record GrantTime(string Task, TimeSpan Time, int Number) : ScheduleStep;

/// <summary>This task's conversation is near a limit: a fresh one is to take over.</summary>
internal sealed record AskForHandover(string Task, TaskReason Cause) : ScheduleStep;

/// <summary>Every task has ended.</summary>
internal sealed record FinishRun(RunOutcome Outcome) : ScheduleStep;

/// <summary>What to do now, and when to look again if nothing happens before.</summary>
/// <param name="Decisions">In plan order; all of them hold at once.</param>
/// <param name="WakeAt">Earliest time that changes anything by itself; null: only an event does.</param>
internal sealed record Schedule(IReadOnlyList<ScheduleStep> Decisions, DateTimeOffset? WakeAt);

/// <summary>
/// Decides what may happen next in a run. Pure: the view, the clock and the credential's breaker are all it knows; slots are counted by
/// the caller, so that a decision to start is a wish in plan order.
/// </summary>
internal static class Scheduler
{
    /// <param name="view">The run.</param>
    /// <param name="now">The time.</param>
    /// <param name="notBefore">The credential's breaker: nothing starts before.</param>
    public static Schedule Next(RunView view, DateTimeOffset now, DateTimeOffset notBefore)
    {
        if (view.Phase == RunPhase.Finished)
            return new Schedule([], null);

        var pass = new Pass(view, now, notBefore);
        foreach (var task in view.TasksInOrder)
            pass.Consider(task);
        if (pass.Decisions.Count == 0 && view.Tasks.Values.All(task => task.Ended))
            pass.Decisions.Add(new FinishRun(OutcomeOf(view)));
        return new Schedule(pass.Decisions, pass.WakeAt);
    }

    /// <summary>How many more agents the plan itself lets work at once.</summary>
    public static int FreeByPlan(RunView view) =>
        view.Plan.Concurrency is { } limit ? Math.Max(0, limit - BusyTasks(view)) : int.MaxValue;

    /// <summary>Tasks that hold a slot. One that waits for a person holds none: others may use the time.</summary>
    public static int BusyTasks(RunView view) => view.Tasks.Values.Count(task => task.State is TaskState.Starting or TaskState.Working);

    private static RunOutcome OutcomeOf(RunView view)
    {
        var failed = view.Tasks.Values.Where(t => t.State == TaskState.Failed && !t.Definition.ContinueOnError).ToList();
        if (failed.Any(t => t.Reason == TaskReason.Auth))
            return RunOutcome.Auth;
        if (failed.Any(t => t.Reason == TaskReason.Budget))
            return RunOutcome.Budget;
        if (failed.Count > 0)
            return RunOutcome.Failed;
        return view.Tasks.Values.Any(t => t.State == TaskState.Stopped) ? RunOutcome.Stopped : RunOutcome.Succeeded;
    }

    private sealed class Pass(RunView view, DateTimeOffset now, DateTimeOffset notBefore)
    {
        private readonly bool _overBudget = view.BudgetUsd is { } budget && view.CostUsd >= budget;
        private readonly DateTimeOffset? _refusedAt =
            view.Tasks.Values.Where(t => t is { State: TaskState.Failed, Reason: TaskReason.Auth }).Max(t => t.EndedAt);

        // Sessions that a task of this very pass begins in.
        private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

        public List<ScheduleStep> Decisions { get; } = [];

        public DateTimeOffset? WakeAt { get; private set; }

        public void Consider(TaskView task)
        {
            if (task.LiveAttempt is not null)
                ConsiderLive(task);
            else if (task.State == TaskState.Queued)
                ConsiderQueued(task);
        }

        private void ConsiderLive(TaskView task)
        {
            if (task.StopRequested is not null || task.Attempt!.Outcome is not null)
                return;
            if (_overBudget)
                Decisions.Add(new StopTask(task.Definition.Id, StopCause.Budget));
            else
                Care(SessionLimits.Of(task, now));
        }

        private void Care(SessionCare care)
        {
            Decisions.AddRange(care.Steps);
            Wake(care.LookAgainAt);
        }

        private void ConsiderQueued(TaskView task)
        {
            var id = task.Definition.Id;
            if (task.Copies is { } copies)
            {
                ConsiderCopies(task, copies);
                return;
            }
            if (!DependenciesEnded(task))
                return;
            var scope = RunScope.Of(view, task);
            if (Condition.Holds(task.Definition.If, scope))
                ConsiderReady(task);
            else if (scope.Succeeded)
                Decisions.Add(new SkipTask(id, TaskReason.Condition, $"its condition is false: {task.Definition.If}"));
            else
                Decisions.Add(new SkipTask(id, TaskReason.Dependency, $"{FailedNeed(task)} did not succeed"));
        }

        private void ConsiderReady(TaskView task)
        {
            if (task.Definition.Matrix.Count > 0)
                Decisions.Add(new ExpandTask(task.Definition.Id));
            else
                ConsiderStart(task);
        }

        private string FailedNeed(TaskView task) => task.Definition.Needs.First(id => !RunScope.CountsAsSuccess(view.Tasks[id]));

        private void ConsiderStart(TaskView task)
        {
            var id = task.Definition.Id;
            var earliest = task.NotBefore > notBefore ? task.NotBefore.Value : notBefore;
            if (_overBudget)
                Decisions.Add(new FailTask(id, TaskReason.Budget, $"the run's budget of ${view.BudgetUsd:0.00} is spent"));
            else if (task.BudgetUsd is { } own && task.CostUsd >= own)
                Decisions.Add(new FailTask(id, TaskReason.Budget, $"its budget of ${own:0.00} is spent"));
            else if (_refusedAt >= task.QueuedAt)
                Decisions.Add(new FailTask(id, TaskReason.Auth, "not started: the model access was refused"));
            else if (task.Paused || view.Phase == RunPhase.Paused)
                return;
            else if (SessionThread.IsBusy(view, task) || (task.Definition.Session.Name is { } session && _taken.Contains(session)))
                return;
            else if (earliest > now)
                Wake(earliest);
            else
                Start(task);
        }

        private void Start(TaskView task)
        {
            Decisions.Add(new StartTask(task.Definition.Id));
            if (task.Definition.Session.Name is { } session)
                _taken.Add(session);
        }

        private void Wake(DateTimeOffset? at)
        {
            if (at is { } wanted && !(WakeAt <= wanted))
                WakeAt = wanted;
        }

        private void ConsiderCopies(TaskView original, IReadOnlyList<string> copies)
        {
            var states = copies.Select(id => view.Tasks[id]).ToList();
            if (!states.TrueForAll(copy => copy.Ended))
                return;
            var failed = states.Count(copy => !TaskMachine.IsSuccess(copy.State) && !copy.Definition.ContinueOnError);
            var message = $"{states.Count - failed} of {states.Count} copies succeeded";
            Decisions.Add(new CloseMatrix(original.Definition.Id, failed == 0 ? TaskState.Done : TaskState.Failed, message));
        }

        private bool DependenciesEnded(TaskView task) =>
            task.Definition.Needs.Concat(task.Definition.After).All(id => view.Tasks[id].Ended);
    }
}
