using System.Globalization;
using Cloister.Plans;
using Cloister.Runs.Prompts;

namespace Cloister.Runs;

/// <summary>Turns what the scheduler decided into what the journal says happened.</summary>
internal static class Realisation
{
    public static IReadOnlyList<RunEvent> Of(RunView view, ScheduleStep decision, DateTimeOffset now, ref long fence) => decision switch
    {
        GrantTime grant =>
        [
            new TaskExtended(grant.Task, grant.Time, MoreBudgetUsd: null) { ByPolicy = true },
            new MessageQueued(grant.Task, string.Create(CultureInfo.InvariantCulture, $"more-time-{view.Tasks[grant.Task].Attempt!.Number}-{grant.Number}"), HandoverTexts.MoreTime(grant), now),
        ],
        _ => [Single(view, decision, now, ref fence)],
    };

    /// <summary>It stays in the queue, and says so once: whoever writes there may change many times before its turn.</summary>
    public static IReadOnlyList<RunEvent> Wait(TaskView task)
    {
        const string Why = "waits for the project folder, in which another agent writes";
        if (task.Detail == Why)
            return [];
        var next = task.Next ?? new NextAttempt(Prompt: null, Resume: false);
        return [new TaskRequeued(task.Definition.Id, task.Reason, Why, NotBefore: null, next, CountsAsRetry: false) { WaitsForFolder = true }];
    }

    private static RunEvent Single(RunView view, ScheduleStep decision, DateTimeOffset now, ref long fence) => decision switch
    {
        AskForHandover ask => new HandoverAsked(ask.Task, view.Tasks[ask.Task].Attempt!.Number, ask.Cause, now),
        StartTask start => Claim(view, view.Tasks[start.Task], now, ++fence),
        SkipTask skip => new TaskSkipped(skip.Task, skip.Reason, skip.Message, now),
        FailTask fail => new TaskFailed(fail.Task, fail.Reason, fail.Message, now),
        ExpandTask expand => Expand(view, view.Tasks[expand.Task], now),
        CloseMatrix { State: TaskState.Done } done => new TaskSucceeded(done.Task, WaitsForReview: false, done.Message, Result: null, now),
        CloseMatrix failed => new TaskFailed(failed.Task, TaskReason.Dependency, failed.Message, now),
        StopTask stop => new TaskStopRequested(stop.Task, stop.Cause),
        FinishRun finish => new RunFinished(finish.Outcome, now),
        _ => throw new InvalidOperationException($"{decision.GetType().Name} is realised nowhere"),
    };

    private static RunEvent Claim(RunView view, TaskView task, DateTimeOffset now, long fence)
    {
        var id = task.Definition.Id;
        var text = TaskPrompt.Of(view, task);
        if (text.Problem is { } problem)
            return new TaskFailed(id, TaskReason.Condition, problem, now);
        var next = Wanted(task);
        var goesOn = next.Resume && task.Attempt is not null ? task.Attempt : SessionThread.ConversationFor(view, task);
        var owed = OwedAnswers.Of(view, task);
        return new AttemptClaimed(
            id,
            task.Attempts.Count + 1,
            goesOn?.SessionId ?? Guid.CreateVersion7(now),
            goesOn is not null,
            (next.Prompt ?? Join(text.Prompt, next.Note)) + OwedAnswers.Tell(owed),
            task.AgentOverride ?? task.Definition.Agent,
            task.ModelOverride ?? task.Definition.Model,
            fence,
            now + task.Definition.Timeout + task.MoreTime,
            Spending.AllowedFor(view, task, attempt: null),
            next.FromBase,
            now,
            owed.IsEmpty ? null : owed.ConvertAll(question => question.Id))
        {
            Folder = SessionThread.NextFolder(view, task),
        };
    }

    // A subagent is gone with its call: whoever comes after it hears the whole task again.
    private static NextAttempt Wanted(TaskView task) => task.Next switch
    {
        null => new NextAttempt(Prompt: null, Resume: false),
        { Resume: true } next when task is { Definition.Session.Mode: ExecutionMode.Subagent, Attempts.Count: > 0 } => Conclusion.BeginAgain(task, next.Prompt ?? Conclusion.GoOn),
        var next => next,
    };

    private static string Join(string prompt, string? note) => note is null ? prompt : $"{prompt}\n\n{note}";

    private static RunEvent Expand(RunView view, TaskView task, DateTimeOffset now)
    {
        var expansion = TaskPrompt.Expand(view, task);
        return expansion.Problem is { } problem
            ? new TaskFailed(task.Definition.Id, TaskReason.Condition, problem, now)
            : new MatrixExpanded(task.Definition.Id, expansion.Copies);
    }
}
