using Cloister.Plans;
using Cloister.Plans.Results;
using Cloister.Processes;
using Cloister.Runs.Prompts;
using Cloister.Sessions;

namespace Cloister.Runs;

/// <summary>
/// What an ended attempt means for its task: success, another attempt (when, and told what), or the end. Pure; the retry policy is ours
/// because the agent program's own would wait for minutes inside a slot.
/// </summary>
internal static class Conclusion
{
    // A task that eats processes is broken, not unlucky.
    public const int MaxAttempts = 10;
    public const int MaxCrashes = 3;
    public static readonly TimeSpan CrashWindow = TimeSpan.FromMinutes(10);

    // Overload and network trouble pass within minutes or are somebody's outage; 8 backoffs reach a quarter of an hour.
    public const int MaxUnavailable = 8;
    public static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(5);

    // A limit without a reset time: look again before the user would.
    public static readonly TimeSpan UnknownReset = TimeSpan.FromMinutes(5);

    private const int PromptOutputLimit = 4_000;

    public static TaskEvent Of(TaskView task, DateTimeOffset now)
    {
        var attempt = task.Attempt!;
        var id = task.Definition.Id;
        if (attempt.Setup is { Passed: false } setup)
            return OfFailedSetup(task, setup, now);
        var outcome = attempt.Outcome!;
        // Who asked for the end gets it, however the process took it; only what was finished or refused before stays what it is.
        if (task.StopRequested == StopCause.User && outcome.Verdict is not (AgentVerdict.Succeeded or AgentVerdict.Unauthorized))
            return OfStop(task, outcome.Message, outcome.Resumable, now);
        if (HandsOver(attempt, outcome))
            return OfHandover(task, attempt);
        return outcome.Verdict switch
        {
            AgentVerdict.Succeeded => OfSuccess(task, attempt, outcome, now),
            AgentVerdict.Stopped => OfStop(task, outcome.Message, outcome.Resumable, now),
            AgentVerdict.Failed when outcome.Reason == TaskReason.Check => AfterFailedCheck(task, outcome.Message, outcome.Resumable, now),
            AgentVerdict.Failed => new TaskFailed(id, outcome.Reason ?? TaskReason.Crash, outcome.Message, now),
            AgentVerdict.Crashed => OfCrash(task, outcome.Message, outcome.Resumable, now),
            AgentVerdict.Unavailable => OfUnavailable(task, outcome, now),
            AgentVerdict.Parked => Park(task, outcome, now),
            AgentVerdict.Unauthorized => new TaskFailed(id, TaskReason.Auth, outcome.Message, now),
        };
    }

    // Asked to hand over, it may also have finished; whoever says nothing of what is left, or cannot say anything any more, has not.
    private static bool HandsOver(AttemptView attempt, AgentOutcome outcome) => attempt.HandoverAsked is not null && outcome.Verdict switch
    {
        AgentVerdict.Succeeded => attempt.Handover is not null || attempt.DeclaredSummary is null || attempt.DeclaredLeft is { Length: > 0 },
        AgentVerdict.Stopped or AgentVerdict.Crashed => true,
        AgentVerdict.Failed => outcome.Reason is TaskReason.Timeout or TaskReason.Context,
        AgentVerdict.Unavailable or AgentVerdict.Parked or AgentVerdict.Unauthorized => false,
    };

    private static TaskRequeued OfHandover(TaskView task, AttemptView attempt)
    {
        var cause = attempt.HandoverAsked?.Cause ?? TaskReason.Context;
        var message = cause == TaskReason.Timeout ? "its time was up: a fresh conversation takes over" : "its context was full: a fresh conversation takes over";
        return new TaskRequeued(task.Definition.Id, cause, message, NotBefore: null, new NextAttempt(HandoverTexts.Prompt(task, attempt), Resume: false), CountsAsRetry: false);
    }

    private static TaskEvent OfFailedSetup(TaskView task, CommandResult setup, DateTimeOffset now)
    {
        if (task.StopRequested is not null)
            return OfStop(task, "stopped during setup", resumable: false, now);
        return setup.TimedOut
            ? new TaskFailed(task.Definition.Id, TaskReason.Timeout, $"its time was up during setup: {Describe(setup)}", now)
            : new TaskFailed(task.Definition.Id, TaskReason.Workspace, $"setup failed: {Describe(setup)}", now);
    }

    private static TaskEvent OfSuccess(TaskView task, AttemptView attempt, AgentOutcome outcome, DateTimeOffset now)
    {
        var failed = attempt.Checks.FirstOrDefault(check => !check.Passed);
        // A check that was cut off by a stop says nothing about the work.
        if (failed is not null && task.StopRequested is not null)
            return OfStop(task, "stopped during its checks", outcome.Resumable, now);
        // The work may be good; another try would pay for it again and have no time left either.
        if (failed is { TimedOut: true })
            return new TaskFailed(task.Definition.Id, TaskReason.Timeout, $"its time was up during its checks: {Describe(failed)}", now);
        if (failed is not null)
            return AfterFailedCheck(task, $"check failed: {Describe(failed)}\n{Tail(failed.OutputTail)}", outcome.Resumable, now);
        if (WrongResult(task, outcome) is { } wrong)
            return AfterFailedCheck(task, wrong, outcome.Resumable, now);
        var waits = task.HasWorkToMerge && task.Definition.Approve != Approval.Never;
        return new TaskSucceeded(task.Definition.Id, waits, attempt.DeclaredSummary ?? outcome.Result ?? "", outcome.StructuredResult, now);
    }

    private static string? WrongResult(TaskView task, AgentOutcome outcome)
    {
        if (task.Definition.Result is not { } schema || outcome.StructuredResult is not { } result)
            return null;
        var problems = ResultSchema.Validate(schema, result);
        return problems.Count == 0 ? null : $"the result does not match its schema: {string.Join("; ", problems.Take(5))}";
    }

    private static TaskEvent AfterFailedCheck(TaskView task, string message, bool resumable, DateTimeOffset now)
    {
        if (task.RetriesUsed >= task.Definition.Retries || Used(task) >= MaxAttempts)
            return new TaskFailed(task.Definition.Id, TaskReason.Check, FirstLine(message), now);
        var prompt = $"""
            Your work is kept, but it is not accepted yet:
            {message}

            Find the cause, fix it in this workspace, and finish the task.
            """;
        var next = resumable ? new NextAttempt(prompt, Resume: true) : BeginAgain(task, prompt);
        return new TaskRequeued(task.Definition.Id, TaskReason.Check, FirstLine(message), now, next, CountsAsRetry: true);
    }

    private static TaskEvent OfStop(TaskView task, string message, bool resumable, DateTimeOffset now)
    {
        var id = task.Definition.Id;
        var cause = task.StopRequested ?? StopCause.User;
        if (cause == StopCause.User && (task.Paused || task.Next is not null))
            return Requeue(task, TaskReason.User, task.Paused ? "paused" : "goes on", notBefore: null, resumable);
        return cause switch
        {
            StopCause.User => new TaskStopped(id, TaskReason.User, "stopped; its work is kept", now),
            StopCause.Budget => new TaskFailed(id, TaskReason.Budget, message, now),
            StopCause.Handover => OfHandover(task, task.Attempt!),
        };
    }

    private static TaskEvent OfCrash(TaskView task, string message, bool resumable, DateTimeOffset now)
    {
        var recent = task.Attempts.Count(a => a.Outcome?.Verdict == AgentVerdict.Crashed && a.EndedAt > now - CrashWindow);
        // A service that never answers lets minutes pass before each of them is called a stall.
        var inVain = task.Attempts.Reverse().TakeWhile(a => a.Outcome?.Verdict == AgentVerdict.Crashed && a.Usage.Turns == 0 && a.ClaimedAt >= task.QueuedAt).Count();
        return !task.Definition.Session.AutoRecovery || Math.Max(recent, inVain) > MaxCrashes || Used(task) >= MaxAttempts
            ? new TaskFailed(task.Definition.Id, TaskReason.Crash, message, now)
            : Requeue(task, TaskReason.Crash, message, now + Backoff(recent), resumable);
    }

    private static TaskEvent OfUnavailable(TaskView task, AgentOutcome outcome, DateTimeOffset now)
    {
        var inARow = task.Attempts.Reverse().TakeWhile(a => a.Outcome?.Verdict == AgentVerdict.Unavailable && a.ClaimedAt >= task.QueuedAt).Count();
        return inARow >= MaxUnavailable || Used(task) >= MaxAttempts
            ? new TaskFailed(task.Definition.Id, outcome.Reason ?? TaskReason.Api, outcome.Message, now)
            : Requeue(task, outcome.Reason ?? TaskReason.Api, outcome.Message, now + Backoff(inARow), outcome.Resumable);
    }

    private static TaskRequeued Park(TaskView task, AgentOutcome outcome, DateTimeOffset now) =>
        Requeue(task, TaskReason.RateLimit, outcome.Message, outcome.ResetsAt ?? now + UnknownReset, outcome.Resumable);

    private static TaskRequeued Requeue(TaskView task, TaskReason reason, string message, DateTimeOffset? notBefore, bool resumable)
    {
        var next = resumable ? new NextAttempt(GoOn, Resume: true) : BeginAgain(task, "An earlier attempt was cut short; what it made is in this workspace.");
        return new TaskRequeued(task.Definition.Id, reason, message, notBefore, next, CountsAsRetry: false);
    }

    // A conversation that is gone takes with it what it was told: its successor hears the whole task, and what a person added, again.
    internal static NextAttempt BeginAgain(TaskView task, string note)
    {
        var told = task.Attempts.FindLast(attempt => !attempt.Resume) ?? task.Attempts[0];
        return new NextAttempt(told.Prompt.Contains(note, StringComparison.Ordinal) ? told.Prompt : $"{told.Prompt}\n\n{note}", Resume: false);
    }

    // Waiting for a usage limit is no try, and may take a whole night of attempts; a hand-over is progress.
    private static int Used(TaskView task) => task.Attempts.Count(attempt => attempt is { HandoverAsked: null } && attempt.Outcome?.Verdict != AgentVerdict.Parked);

    /// <summary>1 s, 2 s, 4 s … up to 5 minutes. The jitter that keeps tasks apart is the shared breaker's.</summary>
    internal static TimeSpan Backoff(int failures) =>
        TimeSpan.FromTicks(Math.Min(LongestBackoff.Ticks, FirstBackoff.Ticks << Math.Clamp(failures - 1, 0, 20)));

    public const string GoOn = "Your process ended before you were done. Look at the state of the workspace, then continue where you left off.";

    private static string Describe(CommandResult result) =>
        result.ExitCode is { } code ? $"{result.Command} (exit code {code})" : $"{result.Command} (killed after {result.Seconds:0} s)";

    private static string FirstLine(string text) => text.Split('\n', 2)[0];

    private static string Tail(string text) => text.Length <= PromptOutputLimit ? text : text[^PromptOutputLimit..];
}
