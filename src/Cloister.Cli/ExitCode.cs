using Cloister.Runs;

namespace Cloister.Cli;

/// <summary>What the command's exit code tells a script. The whole table, in one place.</summary>
internal static class ExitCode
{
    /// <summary>All that could be done without a person is done.</summary>
    public const int Ok = 0;

    /// <summary>It ended, but not well.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a reference or the plan is not right.</summary>
    public const int Usage = 2;

    /// <summary>Something waits for a person.</summary>
    public const int NeedsInput = 3;

    /// <summary>claude is missing or not logged in.</summary>
    public const int Claude = 4;

    /// <summary>Landing was refused: a conflict, or a check failed.</summary>
    public const int LandingRefused = 5;

    /// <summary>A budget, rate or plan limit is reached.</summary>
    public const int Limit = 6;

    /// <summary>The engine cannot be reached.</summary>
    public const int Engine = 7;

    /// <summary>The store failed, or a file or the output could not be written (sysexits: input/output error).</summary>
    public const int Store = 74;

    /// <summary><c>--timeout</c> passed.</summary>
    public const int Timeout = 124;

    /// <summary>Interrupted at the keyboard.</summary>
    public const int Interrupted = 130;

    /// <summary>Terminated.</summary>
    public const int Terminated = 143;

    /// <summary>What a failure means for a script.</summary>
    public static int Of(CloisterException failure) => failure.Code switch
    {
        "claude.missing" or "claude.version" or "claude.not_executable" or "claude.untrusted" => Claude,
        "engine.failed" or "merge.not_ready" => Failed,
        "question.option" or "question.empty" or "question.decision" or "question.text" or "question.rule" or "question.edit" => Usage,
        "cli.timeout" => Timeout,
        "cli.needs_input" => NeedsInput,
        "cli.output" => Store,
        _ => failure.Code.Split('.')[0] switch
        {
            "usage" or "plan" or "ref" or "config" or "scenario" or "extend" => Usage,
            "merge" or "landing" => LandingRefused,
            "budget" => Limit,
            "engine" => Engine,
            "store" or "files" => Store,
            _ => failure.Code.EndsWith(".unknown", StringComparison.Ordinal) ? Usage : Failed,
        },
    };

    /// <summary>How a finished run ended.</summary>
    public static int Of(RunView run) => run.Outcome is { } outcome ? Of(outcome, run) : Ok;

    private static int Of(RunOutcome outcome, RunView run) => outcome switch
    {
        RunOutcome.Succeeded => Ok,
        RunOutcome.Budget => Limit,
        RunOutcome.Auth => Claude,
        RunOutcome.Stopped => Failed,
        RunOutcome.Failed => OfFailures([.. run.Tasks.Values.Where(task => task.State == TaskState.Failed).Select(task => task.Reason)]),
    };

    // A limit is the answer only when nothing else went wrong.
    private static int OfFailures(IReadOnlyCollection<TaskReason?> reasons) =>
        reasons.Count > 0 && reasons.All(reason => reason is TaskReason.Budget or TaskReason.RateLimit) ? Limit : Failed;
}
