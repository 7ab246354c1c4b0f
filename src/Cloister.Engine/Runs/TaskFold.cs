using System.Collections.Immutable;
using Cloister.Accounting;
using Cloister.Plans;
using Cloister.Questions;
using Cloister.Sessions;
using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>What an event does to the view of its task.</summary>
internal static class TaskFold
{
    // What a person reads to see how far an agent is.
    private const int MostReports = 20;
    private const int LongestReport = 400;

    // Versions that a view remembers beside the newest; the journal names all of them.
    private const int MostEarlierArtifacts = 200;

    public static TaskView Apply(TaskView task, TaskEvent fact) => fact switch
    {
        TaskSkipped skipped => End(task, TaskMove.Skip, skipped.Reason, skipped.Message, skipped.At),
        TaskFailed failed => End(task, TaskMove.Fail, failed.Reason, failed.Message, failed.At),
        TaskStopped stopped => End(task, TaskMove.Stop, stopped.Reason, stopped.Message, stopped.At),
        TaskSucceeded succeeded => Succeed(task, succeeded),
        TaskRequeued requeued => Requeue(task, requeued),
        TaskRetried retried => Retry(task, retried),
        TaskPaused => task with { Paused = true },
        TaskResumed => Resume(task),
        TaskStopRequested requested => task with { StopRequested = requested.Cause, Next = task.LiveAttempt is null ? task.Next : null },
        TaskExtended extended => Extend(task, extended),
        TaskMerged merged => task with { State = TaskMachine.Next(task.State, TaskMove.Merge), MergedCommit = merged.Commit, Detail = null },
        MessageQueued queued => task with { Messages = task.Messages.Add(new QueuedMessage(queued.Key, queued.Text, Delivered: false)) },
        InputDelivered delivered => task with
        {
            Messages = task.Messages.ConvertAll(m => InputKey.Of(m) == delivered.Key ? m with { Delivered = true } : m),
        },
        WorkspaceForgotten => task with { Workspace = null },
        TaskReleased released => task with
        {
            State = TaskMachine.Next(task.State, TaskMove.Release),
            Definition = released.Definition,
            Reason = null,
            Detail = null,
            FallbackReason = null,
            Report = null,
            Next = released.Next,
            NotBefore = null,
            RetriesUsed = 0,
            StopRequested = null,
            Paused = false,
            Removed = false,
            EndedAt = null,
            QueuedAt = released.At,
        },
        TaskHandedOut handed => task with
        {
            State = TaskMachine.Next(task.State, TaskMove.HandOut),
            Reason = null,
            Detail = (handed.Report?.Summary ?? handed.Why) is { } why ? $"for whoever asked to do: {why}" : "for whoever asked to do",
            FallbackReason = handed.Report is null || handed.AskedFor ? handed.Why : task.FallbackReason,
            Report = handed.Report,
            StartedAt = task.StartedAt ?? handed.At,
            EndedAt = null,
        },
        TaskPolicySet policy => task with { Definition = task.Definition with { Session = Changed(task.Definition.Session, policy) } },
        CallerArtifactKept kept => Remembering(task, kept.Artifact.Name) with { Artifacts = task.Artifacts.RemoveAll(known => known.Name == kept.Artifact.Name).Add(kept.Artifact) },
        MessageFileTaken taken => task with { TakenMessages = task.TakenMessages.Add(taken.Key) },
        TaskRemoved => task with { Removed = true },
        TaskRestored => task with { Removed = false },
        AttemptEvent attempt => ApplyToAttempt(task, attempt),
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is folded nowhere"),
    };

    public static TaskView Claim(TaskView task, AttemptClaimed claimed) => task with
    {
        State = TaskMachine.Next(task.State, TaskMove.Claim),
        Reason = null,
        Detail = null,
        Next = null,
        NotBefore = null,
        StopRequested = null,
        StartedAt = task.StartedAt ?? claimed.At,
        Attempts = task.Attempts.Add(new AttemptView
        {
            Number = claimed.Attempt,
            SessionId = claimed.SessionId,
            Resume = claimed.Resume,
            Prompt = claimed.Prompt,
            Agent = claimed.Agent,
            Model = claimed.Model,
            Fence = claimed.Fence,
            Deadline = claimed.Deadline,
            BudgetUsd = claimed.BudgetUsd,
            FromBase = claimed.FromBase,
            ToldAnswers = [.. claimed.ToldAnswers ?? []],
            Folder = claimed.Folder,
            ClaimedAt = claimed.At,
        }),
    };

    /// <summary>The agent waits for a person, and its clock stands still.</summary>
    public static TaskView Wait(TaskView task, Question question)
    {
        var waiting = task with { State = TaskMachine.Next(task.State, TaskMove.Ask), Detail = question.Text };
        return waiting.LiveAttempt is { WaitsSince: null } live
            ? waiting.WithLive(live with { WaitsSince = question.AskedAt, Extensions = live.Extensions + 1 })
            : waiting;
    }

    /// <summary>The agent waits no more, and has as much time left as when it asked.</summary>
    public static TaskView GoOn(TaskView task, DateTimeOffset at)
    {
        var going = task with { State = TaskMachine.Next(task.State, TaskMove.Answer), Detail = null };
        return going.LiveAttempt is { WaitsSince: { } since } live
            ? going.WithLive(live with { WaitsSince = null, Deadline = live.Deadline + (at - since), Extensions = live.Extensions + 1 })
            : going;
    }

    private static TaskView ApplyToAttempt(TaskView task, AttemptEvent fact)
    {
        var index = task.Attempts.FindIndex(a => a.Number == fact.Attempt);
        if (index < 0)
            throw new InvalidOperationException($"{task.Definition.Id} has no attempt {fact.Attempt}");
        var attempt = task.Attempts[index];
        var next = fact switch
        {
            WorkspacePrepared prepared => attempt with { Prepared = true, HasNewConflicts = AreNew(prepared.Workspace.Conflicts, task.Workspace?.Conflicts) },
            SetupFinished setup => attempt with { Setup = setup.Result },
            InstructionsRead read => attempt with { InstructionFiles = [.. read.Files] },
            AttemptStarted started => attempt with
            {
                StartedAt = attempt.StartedAt ?? started.At,
                ActiveAt = started.At,
                Model = started.Model,
                BackendVersion = started.BackendVersion,
                ProcessId = started.ProcessId,
            },
            AttemptAdvanced advanced => attempt with
            {
                Offset = advanced.Offset,
                Usage = advanced.Usage ?? attempt.Usage,
                FirstContextTokens = attempt.FirstContextTokens > 0 ? attempt.FirstContextTokens : advanced.Usage?.ContextTokens ?? 0,
                PeakContextTokens = Math.Max(attempt.PeakContextTokens, advanced.Usage?.ContextTokens ?? 0),
                ActiveAt = advanced.At,
            },
            IsolationMeasured measured => attempt with { Isolation = new MarkerSearch(measured.Planted, measured.Found) },
            AttemptBriefed briefed => attempt with { BriefedBytes = briefed.Bytes },
            HandoverAsked asked => HandOver(attempt, asked),
            AttemptNoted { Kind: NoteKinds.Compacted } => attempt with { Compactions = attempt.Compactions + 1 },
            AttemptNoted { Kind: NoteKinds.Reported } report => attempt with { Reports = [.. attempt.Reports.Add(Shortened(report.Text)).TakeLast(MostReports)] },
            AttemptNoted { Kind: NoteKinds.DeclaredDone } done => attempt with { DeclaredSummary = done.Text, DeclaredLeft = done.Left },
            AttemptNoted { Kind: NoteKinds.Handover } handover => attempt with { Handover = handover.Text },
            AttemptNoted { Kind: NoteKinds.Collected } => attempt with { IsCollected = true },
            AttemptNoted => attempt,
            AttemptEnded ended => attempt with { Outcome = ended.Outcome, EndedAt = ended.At, Usage = Final(attempt.Usage, ended) },
            WorkKept kept => attempt with { Work = kept.Snapshot },
            CheckFinished check => attempt with { Checks = attempt.Checks.Add(check.Result) },
            ArtifactKept kept => attempt with { Artifacts = attempt.Artifacts.RemoveAll(known => known.Name == kept.Artifact.Name).Add(kept.Artifact) },
            _ => throw new InvalidOperationException($"{fact.GetType().Name} is folded nowhere"),
        };
        var remembering = fact is ArtifactKept artifact ? Remembering(task, artifact.Artifact.Name) : task;
        return Mirror(remembering with { Attempts = task.Attempts.SetItem(index, next) }, fact);
    }

    private static bool AreNew(LaidConflicts? laid, LaidConflicts? known) =>
        laid?.Sides.Any(side => known is null || known.Sides.All(before => before.Commit != side.Commit)) ?? false;

    private static string Shortened(string text) => text.Length <= LongestReport ? text : $"{text[..LongestReport]} […]";

    // What a name stood for until now.
    private static TaskView Remembering(TaskView task, string name) => task.KeptArtifacts.FirstOrDefault(known => known.Name == name) is { } replaced
        ? task with { EarlierArtifacts = task.EarlierArtifacts.Add(replaced).TakeLast(MostEarlierArtifacts).ToImmutableList() }
        : task;

    // What the newest attempt learns is also what people ask the task about.
    private static TaskView Mirror(TaskView task, AttemptEvent fact) => fact switch
    {
        WorkspacePrepared prepared => task with { Workspace = prepared.Workspace },
        AttemptStarted => task with { State = TaskMachine.Next(task.State, TaskMove.Begin) },
        AttemptEnded ended when task.LiveAttempt?.Number == fact.Attempt => Settle(task, ended.At),
        AttemptAdvanced { Activity: { } activity } when task.State == TaskState.Working => task with { Detail = activity },
        WorkKept kept => task with { Work = kept.Snapshot },
        _ => task,
    };

    // What follows the process, keeping and checking its work, is work too; it waits for nobody.
    private static TaskView Settle(TaskView task, DateTimeOffset at) => task.State switch
    {
        TaskState.Starting => task with { State = TaskMachine.Next(task.State, TaskMove.Begin) },
        TaskState.NeedsInput => GoOn(task, at),
        TaskState.Queued or TaskState.Working or TaskState.Review or TaskState.Merged or TaskState.Done => task,
        TaskState.Failed or TaskState.Stopped or TaskState.Skipped or TaskState.Planned or TaskState.HandedOut => task,
    };

    private static UsageSnapshot Final(UsageSnapshot usage, AttemptEnded ended) =>
        usage with { Tokens = ended.Outcome.Tokens, CostUsd = ended.Outcome.CostUsd };

    private static TaskView End(TaskView task, TaskMove move, TaskReason reason, string message, DateTimeOffset at) => task with
    {
        State = TaskMachine.Next(task.State, move),
        Reason = reason,
        Detail = message,
        NotBefore = null,
        EndedAt = at,
    };

    private static TaskView Succeed(TaskView task, TaskSucceeded succeeded) => task with
    {
        Report = null,
        State = TaskMachine.Next(task.State, succeeded.WaitsForReview ? TaskMove.Present : TaskMove.Complete),
        Reason = null,
        Detail = null,
        Summary = succeeded.Summary,
        Result = succeeded.Result,
        EndedAt = succeeded.At,
    };

    private static TaskView Requeue(TaskView task, TaskRequeued requeued) => task with
    {
        State = TaskMachine.Next(task.State, TaskMove.Requeue),
        Reason = requeued.Reason,
        Detail = requeued.Message,
        NotBefore = requeued.NotBefore,
        Next = requeued.Next,
        StopRequested = null,
        RetriesUsed = task.RetriesUsed + (requeued.CountsAsRetry ? 1 : 0),
    };

    // Resumed before its pause took hold: the attempt still ends, and another one goes on at once.
    private static TaskView Resume(TaskView task)
    {
        var stillPausing = task is { Paused: true, StopRequested: StopCause.User, LiveAttempt: not null };
        return task with { Paused = false, Next = stillPausing ? new NextAttempt(Conclusion.GoOn, Resume: true) : task.Next };
    }

    private static TaskView Retry(TaskView task, TaskRetried retried) => task with
    {
        State = TaskMachine.Next(task.State, TaskMove.Retry),
        Definition = retried.OnConflict is { } answer ? task.Definition with { OnConflict = answer } : task.Definition,
        Reason = null,
        Detail = null,
        Next = retried.Next,
        NotBefore = null,
        RetriesUsed = 0,
        Removed = false,
        StopRequested = null,
        Paused = false,
        AgentOverride = retried.Agent ?? task.AgentOverride,
        ModelOverride = retried.Model ?? task.ModelOverride,
        QueuedAt = retried.At,
        EndedAt = null,
    };

    // Its last words are worth a few minutes that nobody planned.
    private static AttemptView HandOver(AttemptView attempt, HandoverAsked asked)
    {
        var latest = asked.At + (2 * SessionLimits.HandoverPatience);
        return attempt with
        {
            HandoverAsked = new AskedHandover(asked.At, asked.Cause),
            Deadline = attempt.Deadline > latest ? attempt.Deadline : latest,
            Extensions = attempt.Extensions + 1,
        };
    }

    private static SessionSettings Changed(SessionSettings settings, TaskPolicySet policy) => settings with
    {
        OnTimeout = policy.OnTimeout ?? settings.OnTimeout,
        AutoRecovery = policy.AutoRecovery ?? settings.AutoRecovery,
    };

    private static TaskView Extend(TaskView task, TaskExtended extended)
    {
        var longer = task with
        {
            MoreTime = task.MoreTime + (extended.MoreTime ?? TimeSpan.Zero),
            MoreBudgetUsd = task.MoreBudgetUsd + (extended.MoreBudgetUsd ?? 0),
            MoreTurns = task.MoreTurns + (extended.MoreTurns ?? 0),
            TimeExtensions = task.TimeExtensions + (extended.ByPolicy ? 1 : 0),
            ExtensionKeys = extended.Key is { } key ? task.ExtensionKeys.Add(key) : task.ExtensionKeys,
        };
        if (longer.LiveAttempt is not { } live)
            return longer;
        var extendedAttempt = live with
        {
            Deadline = live.Deadline + (extended.MoreTime ?? TimeSpan.Zero),
            BudgetUsd = live.BudgetUsd is { } budget ? budget + (extended.MoreBudgetUsd ?? 0) : null,
            Extensions = live.Extensions + 1,
        };
        return longer.WithLive(extendedAttempt);
    }
}

/// <summary>Kinds of notes on an attempt.</summary>
internal static class NoteKinds
{
    public const string Compacted = "compacted";
    public const string Reported = "reported";
    public const string DeclaredDone = "declared_done";
    public const string ServiceRetry = "service_retry";
    public const string RateLimit = "rate_limit";
    public const string LineRefused = "line_refused";
    public const string SessionLost = "session_lost";
    public const string NotKept = "not_kept";
    public const string Survivors = "survivors";
    public const string ArtifactRefused = "artifact_refused";
    public const string Instructions = "instructions_left_out";
    public const string ContextTrimmed = "context_trimmed";
    public const string Handover = "handover";
    public const string UserConfiguration = "user_configuration";
    public const string AgentError = "agent_error";
    public const string MessageRejected = "message_rejected";
    public const string Collected = "collected";
}
