using System.Globalization;
using Cloister.Claude.Protocol;
using Cloister.Runs;
using Cloister.Sessions;

namespace Cloister.Claude.Outcomes;

/// <summary>
/// Decides what an ended attempt was. No single field is trusted: the CLI says <c>success</c> on API failures, exits 0 without having
/// answered, and exits 143 after a good result. A pure function; its table is its test.
/// </summary>
internal static class OutcomeJudge
{
    public static AgentOutcome Judge(Evidence evidence, ProcessEvidence process)
    {
        var finding = Failure(evidence, process);
        return new AgentOutcome(
            finding?.Verdict ?? AgentVerdict.Succeeded,
            finding?.Reason,
            finding?.Message ?? "finished",
            evidence.LastResult?.Result,
            evidence.LastResult?.StructuredOutput,
            evidence.Tokens,
            evidence.CostUsd,
            Resumable: !evidence.SessionLost && evidence.Turns > 0 && finding is not { ConversationGone: true },
            ResetsAt: finding is { Verdict: AgentVerdict.Parked } ? evidence.ResetsAt : null,
            process.StderrTail);
    }

    // Null: everything that success needs is there.
    private static Finding? Failure(Evidence evidence, ProcessEvidence process)
    {
        if (evidence.Ended == EndedBy.Person)
            return new Finding(AgentVerdict.Stopped, TaskReason.User, "stopped");
        var failure = ProcessFailure(evidence, process) ?? ResultFailure(evidence, process) ?? WorkFailure(evidence);
        return failure is null ? null : OwnDoing(evidence, process) ?? failure;
    }

    // What we caused ourselves explains the wreck better than the wreck does; a finished task stays finished.
    private static Finding? OwnDoing(Evidence evidence, ProcessEvidence process) => evidence.Ended switch
    {
        EndedBy.Budget => new(AgentVerdict.Failed, TaskReason.Budget, "budget reached"),
        EndedBy.Stall => new(AgentVerdict.Crashed, TaskReason.Crash, "stalled: it made no progress for too long"),
        EndedBy.Credential => new(AgentVerdict.Unauthorized, TaskReason.Auth, "the credential was refused"),
        EndedBy.Person or null => process switch
        {
            { DeadlinePassed: true } => new(AgentVerdict.Failed, TaskReason.Timeout, "time is up"),
            { OutputLimitPassed: true } => new(AgentVerdict.Failed, TaskReason.Protocol, "wrote more output than an attempt may"),
            _ => null,
        },
    };

    private static Finding? ProcessFailure(Evidence evidence, ProcessEvidence process)
    {
        if (process.End == ProcessEnd.SpawnFailed)
            return Crashed($"claude could not be started: {process.StderrTail ?? "nobody knows why"}");
        if (evidence.LastResult is not null)
            return null;
        return process.End switch
        {
            ProcessEnd.Exited => Crashed(string.Create(CultureInfo.InvariantCulture, $"ended without a result (exit code {process.Code})")),
            ProcessEnd.Signaled => Crashed(string.Create(CultureInfo.InvariantCulture, $"killed by signal {process.Code}")),
            ProcessEnd.Unknown => Crashed("its supervisor died; how it ended is not known"),
            ProcessEnd.SpawnFailed => null,
        };
    }

    private static Finding? ResultFailure(Evidence evidence, ProcessEvidence process)
    {
        var result = evidence.LastResult!;
        if (evidence.Results > Math.Max(evidence.Turns, 1))
            return new Finding(AgentVerdict.Failed, TaskReason.Protocol, "more results than turns");
        if (evidence.WentOn)
            return Crashed("ended in the middle of a turn");
        if (result.IsError || result.Subtype != "success")
            return ErrorResult(evidence, result);
        if (result.TerminalReason != "completed")
            return Crashed($"the turn did not complete ({result.TerminalReason ?? "no reason given"})");
        return process switch
        {
            { End: ProcessEnd.Exited, Code: 0 } => null,
            // It had only to leave: what we ended was an idle program, not its work.
            { End: ProcessEnd.Exited or ProcessEnd.Signaled } when evidence.Over && (process.Stopped || process.DeadlinePassed) => null,
            { End: ProcessEnd.Exited } => Crashed(string.Create(CultureInfo.InvariantCulture, $"gave a result, then exit code {process.Code}")),
            { End: ProcessEnd.Signaled } => Crashed(string.Create(CultureInfo.InvariantCulture, $"gave a result, then died of signal {process.Code}")),
            _ => Crashed("gave a result, but how it ended is not known"),
        };
    }

    private static Finding? WorkFailure(Evidence evidence)
    {
        if (evidence.Denied > 0 && !evidence.Acted)
            return new Finding(AgentVerdict.Failed, TaskReason.Denied, "everything it tried was denied");
        return SubagentFailure(evidence.Subagent) ?? SchemaFailure(evidence);
    }

    private static Finding? SubagentFailure(SubagentEnd? subagent) => subagent switch
    {
        SubagentEnd.NotStarted => new(AgentVerdict.Failed, TaskReason.Check, "it did not start the subagent that was to do the task"),
        SubagentEnd.Failed => Crashed("its subagent ended without an answer"),
        SubagentEnd.OutOfTurns => new(AgentVerdict.Failed, TaskReason.Budget, "turn limit reached"),
        SubagentEnd.Answered or null => null,
    };

    private static Finding? SchemaFailure(Evidence evidence) =>
        evidence.SchemaAsked && evidence.LastResult!.StructuredOutput is null
            ? new Finding(AgentVerdict.Failed, TaskReason.Check, "no structured result was given")
            : null;

    private static Finding ErrorResult(Evidence evidence, TurnResult result) => result.Subtype switch
    {
        "error_max_turns" => new(AgentVerdict.Failed, TaskReason.Budget, "turn limit reached"),
        "error_max_budget_usd" => evidence.LimitRaised
            ? new(AgentVerdict.Crashed, TaskReason.Budget, "stopped at its old budget; goes on with the new one")
            : new(AgentVerdict.Failed, TaskReason.Budget, "budget reached"),
        "error_max_structured_output_retries" => new(AgentVerdict.Failed, TaskReason.Check, "the result never matched its schema"),
        "error_during_execution" when result.Turns == 0 => Crashed(FirstError(result) ?? "could not start its conversation") with
        {
            ConversationGone = true,
        },
        "error_during_execution" => Crashed($"interrupted ({result.TerminalReason ?? "no reason given"})"),
        "success" => ApiFailure.Classify(evidence, result),
        _ => Crashed(FirstError(result) ?? $"ended with {result.Subtype}"),
    };

    private static string? FirstError(TurnResult result) => result.Errors is [{ Length: > 0 } first, ..] ? first : null;

    private static Finding Crashed(string message) => new(AgentVerdict.Crashed, TaskReason.Crash, message);
}

/// <summary>What went wrong.</summary>
internal sealed record Finding(AgentVerdict Verdict, TaskReason Reason, string Message, bool ConversationGone = false);
