using Cloister.Accounting;
using Cloister.Plans;

namespace Cloister.Runs;

/// <summary>What is to be done about a live attempt's limits.</summary>
/// <param name="Steps">Now.</param>
/// <param name="LookAgainAt">When to look again if nothing happens before; null: no clock decides it.</param>
internal sealed record SessionCare(IReadOnlyList<ScheduleStep> Steps, DateTimeOffset? LookAgainAt)
{
    public static SessionCare Nothing { get; } = new([], null);
}

/// <summary>
/// Watches the time and the context of a live attempt: grants more time, or asks for a hand-over while the agent still has room to write
/// one. Pure.
/// </summary>
internal static class SessionLimits
{
    /// <summary>Times that a task is granted more time by itself; more than that is a wrong estimate, and a person's to decide.</summary>
    public const int MostExtensions = 3;

    /// <summary>Fresh conversations that may take over from each other in one task: twenty windows of work want a plan.</summary>
    public const int MostHandovers = 20;

    // A first look, the last words, and the end.
    private const int TurnsOfHandover = 3;

    // Each grant is half of the time that was planned.
    private const int ExtensionDivisor = 2;

    // Enough for a test run and a few sentences, and never most of a short task's time.
    private static readonly TimeSpan LongestNotice = TimeSpan.FromMinutes(3);
    private const int NoticeDivisor = 5;

    // An agent that does not come to an end when it is asked to is ended; what it made is in its workspace.
    public static readonly TimeSpan HandoverPatience = TimeSpan.FromMinutes(5);

    public static SessionCare Of(TaskView task, DateTimeOffset now)
    {
        var attempt = task.LiveAttempt!;
        if (attempt.HandoverAsked is { } asked)
            return After(asked.At + HandoverPatience, now, () => new StopTask(task.Definition.Id, Sessions.StopCause.Handover));
        var settings = task.Definition.Session;
        var mayHandOver = task.Handovers < MostHandovers && attempt.StartedAt is not null;
        var limit = new ContextLimit(settings.ContextLimit, attempt.Usage.ContextWindow);
        if (mayHandOver && limit.WantsHandOver(attempt.Usage.ContextTokens) && !IsInVain(task))
            return new SessionCare([new AskForHandover(task.Definition.Id, TaskReason.Context)], null);
        // While it waits for a person its clock stands still.
        if (attempt.WaitsSince is not null)
            return SessionCare.Nothing;
        return settings.OnTimeout switch
        {
            TimeoutHandling.Fail => SessionCare.Nothing,
            TimeoutHandling.Extend => task.TimeExtensions < MostExtensions
                ? After(attempt.Deadline - Notice(task), now, () => new GrantTime(task.Definition.Id, task.Definition.Timeout / ExtensionDivisor, task.TimeExtensions + 1))
                : SessionCare.Nothing,
            TimeoutHandling.Handover => mayHandOver
                ? After(attempt.Deadline - Notice(task), now, () => new AskForHandover(task.Definition.Id, TaskReason.Timeout))
                : SessionCare.Nothing,
        };
    }

    // What begins near the limit would only be handed on: two conversations that did nothing else are enough to see it.
    private static bool IsInVain(TaskView task) =>
        task.Attempts.SkipLast(1).TakeLast(2).ToList() is [var before, var last] && HandedOnly(before) && HandedOnly(last);

    private static bool HandedOnly(AttemptView attempt) => attempt is { HandoverAsked.Cause: TaskReason.Context, Usage.Turns: <= TurnsOfHandover };

    private static TimeSpan Notice(TaskView task) =>
        TimeSpan.FromTicks(Math.Min(LongestNotice.Ticks, task.Definition.Timeout.Ticks / NoticeDivisor));

    private static SessionCare After(DateTimeOffset due, DateTimeOffset now, Func<ScheduleStep> step) =>
        now >= due ? new SessionCare([step()], null) : new SessionCare([], due);
}
