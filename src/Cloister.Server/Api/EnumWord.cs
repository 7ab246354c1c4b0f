using System.Text.Json;
using Cloister.Runs;

namespace Cloister.Server.Api;

/// <summary>The words of our enums as they stand in JSON, for code that writes and reads it by hand.</summary>
internal static class EnumWord
{
    public static string Of(TaskState state) => state switch
    {
        TaskState.Queued => "queued",
        TaskState.Starting => "starting",
        TaskState.Working => "working",
        TaskState.NeedsInput => "needs_input",
        TaskState.Review => "review",
        TaskState.Merged => "merged",
        TaskState.Done => "done",
        TaskState.Failed => "failed",
        TaskState.Stopped => "stopped",
        TaskState.Skipped => "skipped",
        TaskState.Planned => "planned",
        TaskState.HandedOut => "handed_out",
    };

    public static string Of(TaskReason reason) => reason switch
    {
        TaskReason.Timeout => "timeout",
        TaskReason.Budget => "budget",
        TaskReason.RateLimit => "rate_limit",
        TaskReason.Context => "context",
        TaskReason.Check => "check",
        TaskReason.Conflict => "conflict",
        TaskReason.Crash => "crash",
        TaskReason.Denied => "denied",
        TaskReason.Dependency => "dependency",
        TaskReason.Auth => "auth",
        TaskReason.Protocol => "protocol",
        TaskReason.Api => "api",
        TaskReason.Workspace => "workspace",
        TaskReason.Condition => "condition",
        TaskReason.User => "user",
    };

    public static string Of(CallerNeed need) => need switch
    {
        CallerNeed.Revision => "needs_revision",
        CallerNeed.Unblocking => "blocked",
        CallerNeed.Decision => "escalate",
    };

    public static string Of(RunPhase phase) => phase switch
    {
        RunPhase.Active => "active",
        RunPhase.Paused => "paused",
        RunPhase.Finished => "finished",
    };

    public static string Of(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Succeeded => "succeeded",
        RunOutcome.Failed => "failed",
        RunOutcome.Stopped => "stopped",
        RunOutcome.Budget => "budget",
        RunOutcome.Auth => "auth",
    };

    public static TaskState State(string word)
    {
        for (var state = TaskState.Queued; state <= TaskState.HandedOut; state++)
        {
            if (Of(state) == word)
                return state;
        }
        throw Unknown(word);
    }

    public static TaskReason Reason(string word)
    {
        for (var reason = TaskReason.Timeout; reason <= TaskReason.User; reason++)
        {
            if (Of(reason) == word)
                return reason;
        }
        throw Unknown(word);
    }

    public static RunPhase Phase(string word)
    {
        for (var phase = RunPhase.Active; phase <= RunPhase.Finished; phase++)
        {
            if (Of(phase) == word)
                return phase;
        }
        throw Unknown(word);
    }

    public static RunOutcome Outcome(string word)
    {
        for (var outcome = RunOutcome.Succeeded; outcome <= RunOutcome.Auth; outcome++)
        {
            if (Of(outcome) == word)
                return outcome;
        }
        throw Unknown(word);
    }

    public static CallerNeed Need(string word)
    {
        for (var need = CallerNeed.Revision; need <= CallerNeed.Decision; need++)
        {
            if (Of(need) == word)
                return need;
        }
        throw Unknown(word);
    }

    private static JsonException Unknown(string word) => new($"\"{word}\" is none of its words");
}
