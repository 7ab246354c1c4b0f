namespace Cloister.Runs;

/// <summary>Turns what the scheduler decided into what the journal says happened.</summary>
internal static class Realisation
{
    public static RunEvent Of(RunView view, ScheduleStep decision, DateTimeOffset now, ref long fence) => decision switch
    {
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
        var next = task.Next ?? new NextAttempt(Prompt: null, Resume: false);
        var resumes = next.Resume && task.Attempt is not null;
        var owed = OwedAnswers.Of(view, task);
        return new AttemptClaimed(
            id,
            task.Attempts.Count + 1,
            resumes ? task.Attempt!.SessionId : Guid.CreateVersion7(now),
            resumes,
            (next.Prompt ?? Join(text.Prompt, next.Note)) + OwedAnswers.Tell(owed),
            task.AgentOverride ?? task.Definition.Agent,
            task.ModelOverride ?? task.Definition.Model,
            fence,
            now + task.Definition.Timeout + task.MoreTime,
            Spending.AllowedFor(view, task, attempt: null),
            next.FromBase,
            now,
            owed.IsEmpty ? null : owed.ConvertAll(question => question.Id));
    }

    private static string Join(string prompt, string? note) => note is null ? prompt : $"{prompt}\n\n{note}";

    private static RunEvent Expand(RunView view, TaskView task, DateTimeOffset now)
    {
        var expansion = TaskPrompt.Expand(view, task);
        return expansion.Problem is { } problem
            ? new TaskFailed(task.Definition.Id, TaskReason.Condition, problem, now)
            : new MatrixExpanded(task.Definition.Id, expansion.Copies);
    }
}
