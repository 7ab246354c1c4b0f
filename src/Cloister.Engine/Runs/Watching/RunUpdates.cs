using System.Globalization;
using Cloister.Processes;
using Cloister.Questions;
using Cloister.Sessions;

namespace Cloister.Runs.Watching;

/// <summary>Says in one line what an event means to people who watch. One update for each event, in order.</summary>
internal static class RunUpdates
{
    private const int TextLimit = 400;

    // Enough to tell one check from the next.
    private const int LongestCommand = 60;

    /// <param name="before">The run before the events.</param>
    /// <param name="events">What was committed.</param>
    /// <param name="lastSequence">The sequence number of the last of them.</param>
    /// <param name="at">When.</param>
    public static IReadOnlyList<RunUpdate> Of(RunView? before, IReadOnlyList<RunEvent> events, long lastSequence, DateTimeOffset at)
    {
        var updates = new List<RunUpdate>(events.Count);
        var view = before;
        for (var i = 0; i < events.Count; i++)
        {
            view = view is null ? RunFold.Open((RunAccepted)events[i]) : RunFold.Apply(view, events[i]);
            updates.Add(Of(view, events[i], lastSequence - events.Count + 1 + i, at));
        }
        return updates;
    }

    /// <param name="after">The run after the event.</param>
    /// <param name="happened">The event.</param>
    /// <param name="sequence">Its sequence number.</param>
    /// <param name="at">When.</param>
    public static RunUpdate Of(RunView after, RunEvent happened, long sequence, DateTimeOffset at)
    {
        var (name, text) = Describe(after, happened);
        var id = TaskOf(after, happened);
        var task = id is null ? null : after.Tasks[id];
        return new RunUpdate(sequence, after.Id, id, at, name, task?.State, task?.Reason, QuestionOf(happened), Shorten(text, TextLimit));
    }

    private static string? TaskOf(RunView after, RunEvent happened) => happened switch
    {
        TaskEvent fact => fact.Task,
        QuestionAsked asked => asked.Question.Task.Task,
        QuestionAnswered answered => after.Questions[answered.Question].Task.Task,
        _ => null,
    };

    private static QuestionId? QuestionOf(RunEvent happened) => happened switch
    {
        QuestionAsked asked => asked.Question.Id,
        QuestionAnswered answered => answered.Question,
        _ => null,
    };

    private static (string Name, string Text) Describe(RunView after, RunEvent happened) => happened switch
    {
        RunAccepted accepted => ("run.started", Started(accepted)),
        RunPaused => ("run.paused", "paused"),
        RunResumed => ("run.resumed", "goes on"),
        RunExtended extended => ("run.extended", $"budget +${extended.BudgetUsd:0.00}"),
        RunFinished finished => ("run.finished", Finished(after, finished)),
        RunRemoved => ("run.removed", "removed from lists; its refs stay"),
        RunRestored => ("run.restored", "in lists again"),
        RunLanded landed => ("run.landed", $"{landed.Branch} is at {Short(landed.Commit)}"),
        RunAccessLost => ("run.access_lost", $"waits for its access to the model: cloister resume {after.Id} from a shell with {after.Access!.Wanted}"),
        RunAccessGiven => ("run.access_given", "has its access to the model again"),
        RuleGranted granted => ("run.rule", $"from now on allowed: {granted.Rule}"),
        IntentOpened opened => ("run.intent", $"about to {opened.Kind.ToString().ToLowerInvariant()}"),
        IntentClosed closed => ("run.intent_closed", closed.Happened ? "done" : "not done"),
        QuestionAsked asked => ("task.needs_input", $"{asked.Question.Kind.ToString().ToLowerInvariant()}: {asked.Question.Text}"),
        QuestionAnswered answered => ("question.answered", Answered(answered.Answer)),
        SessionOpened opened => ("session.opened", $"{opened.Session.Name}, {opened.Session.Agent}"),
        SessionClosed closed => ("session.closed", closed.Session),
        TaskEvent fact => DescribeTask(after.Tasks[fact.Task], fact),
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is described nowhere"),
    };

    private static (string Name, string Text) DescribeTask(TaskView task, TaskEvent happened) => happened switch
    {
        MatrixExpanded expanded => ("task.expanded", $"{expanded.Copies.Count} copies"),
        TaskAdded added => ("task.planned", added.Definition.Title),
        TaskReleased => ("task.queued", "to be done by an agent"),
        TaskHandedOut handed => ("task.handed_out", handed.Report?.Summary ?? handed.Why ?? "whoever asked does it"),
        TaskPolicySet => ("task.policy", "its limits and failures are treated otherwise"),
        CallerArtifactKept kept => ("task.artifact", kept.Artifact.Name),
        MessageFileTaken => ("task.message_taken", "a message file was taken in"),
        HandoverAsked asked => ("attempt.handover_asked", asked.Cause == TaskReason.Timeout ? "its time is nearly up" : "its context is nearly full"),
        TaskSkipped skipped => ("task.skipped", skipped.Message),
        TaskRequeued requeued => ("task.queued", requeued.NotBefore is { } at ? $"{requeued.Message}; again at {at:HH:mm:ss}" : requeued.Message),
        TaskSucceeded { WaitsForReview: true } => ("task.review", Achieved(task)),
        TaskSucceeded => ("task.done", Achieved(task)),
        TaskFailed failed => ("task.failed", failed.Message),
        TaskStopped stopped => ("task.stopped", stopped.Message),
        TaskPaused => ("task.paused", "paused"),
        TaskResumed => ("task.resumed", "goes on"),
        TaskStopRequested requested => ("task.stopping", Stopping(requested.Cause)),
        TaskRetried { OnConflict: Plans.ConflictAnswer.Agent } => ("task.queued", "another try: its agent settles what does not merge"),
        TaskRetried => ("task.queued", "another try"),
        TaskExtended extended => ("task.extended", Granted(extended)),
        TaskMerged merged => ("task.merged", $"{Short(merged.Commit)} on {merged.Branch}"),
        MessageQueued => ("task.message", "a message waits for the agent"),
        TaskRemoved => ("task.removed", "removed from lists; its refs stay"),
        TaskRestored => ("task.restored", "in lists again"),
        WorkspaceForgotten => ("task.workspace_removed", "workspace removed; its work is kept on a ref"),
        InputDelivered => ("task.delivered", "the agent has it"),
        AttemptClaimed claimed => ("task.starting", $"attempt {claimed.Attempt}, {claimed.Agent}"),
        WorkspacePrepared prepared => ("attempt.workspace", Place(prepared.Workspace)),
        SetupFinished setup => ("attempt.setup", Ran(setup.Result)),
        InstructionsRead read => ("attempt.instructions", string.Join(", ", read.Files)),
        IsolationMeasured { Found: 0 } measured => ("attempt.isolation", $"none of {measured.Planted} marks of other tasks was in its conversation"),
        IsolationMeasured measured => ("attempt.leaked", $"{measured.Found} of {measured.Planted} marks of other tasks were in its conversation"),
        AttemptBriefed briefed => ("attempt.briefed", $"about {briefed.Tokens} tokens"),
        AttemptStarted started => ("task.working", started.Model),
        AttemptAdvanced advanced => ("attempt.advanced", advanced.Activity ?? ""),
        AttemptNoted noted => ($"attempt.{noted.Kind}", noted.Text),
        AttemptEnded ended => ("attempt.ended", ended.Outcome.Message),
        WorkKept kept => ("attempt.kept", kept.Snapshot.Commit is { } commit ? $"{Short(commit)} {Changes(kept.Snapshot)}" : "nothing to keep"),
        CheckFinished check => ("attempt.check", Ran(check.Result)),
        ArtifactKept kept => ("attempt.artifact", kept.Artifact.Name),
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is described nowhere"),
    };

    private static string Place(Workspaces.Workspace workspace) =>
        workspace.Conflicts is { } conflicts ? $"{workspace.Path}  to settle: {conflicts.Line}" : workspace.Path;

    private static string Started(RunAccepted accepted)
    {
        var plan = accepted.Plan;
        var parts = new List<string> { plan.Name, Counted(plan.Tasks.Count, "task") };
        if (accepted.Source.BaseCommit is { } commit)
            parts.Add($"base {accepted.Source.BaseBranch ?? "HEAD"}@{Short(commit)}");
        if (plan.BudgetUsd is { } budget)
            parts.Add($"budget ${budget:0.00}");
        return string.Join("  ", parts);
    }

    private static string Finished(RunView after, RunFinished finished)
    {
        var good = after.Tasks.Values.Count(task => TaskMachine.IsSuccess(task.State));
        return $"{finished.Outcome.ToString().ToLowerInvariant()}: {good} of {Counted(after.Tasks.Count, "task")} succeeded, ${after.CostUsd:0.00}";
    }

    private static string Stopping(StopCause cause) => cause switch
    {
        StopCause.User => "asked to stop",
        StopCause.Budget => "the run's budget is spent",
        StopCause.Handover => "did not come to an end by itself",
    };

    private static string Achieved(TaskView task)
    {
        var parts = new List<string>();
        if (task.Work is { HasChanges: true } work)
            parts.Add(Changes(work));
        if (task.Attempt?.Checks is { IsEmpty: false } checks)
            parts.Add($"{Counted(checks.Count, "check")} passed");
        if (task.StartedAt is { } started && task.EndedAt is { } ended)
            parts.Add(Clock(ended - started));
        parts.Add($"${task.CostUsd:0.00}");
        return string.Join("  ", parts);
    }

    private static string Answered(Answer answer) => answer.Decision switch
    {
        AnswerDecision.Reply => $"{answer.By} answered: {answer.Text}",
        AnswerDecision.Allow => $"{answer.By} allowed it",
        AnswerDecision.Deny => answer.Text is { Length: > 0 } why ? $"{answer.By} denied it: {why}" : $"{answer.By} denied it",
        AnswerDecision.Withdrawn => "nobody waits for the answer any more",
    };

    private static string Changes(Workspaces.WorkSnapshot work) =>
        string.Create(CultureInfo.InvariantCulture, $"+{work.Added} −{work.Removed} in {Counted(work.FilesChanged, "file")}");

    private static string Granted(TaskExtended extended)
    {
        var parts = new List<string>();
        if (extended.MoreTime is { } time)
            parts.Add($"+{Clock(time)}");
        if (extended.MoreBudgetUsd is { } usd)
            parts.Add($"+${usd:0.00}");
        if (extended.MoreTurns is { } turns)
            parts.Add($"+{Counted(turns, "turn")}");
        return string.Join("  ", parts);
    }

    private static string Ran(CommandResult result) =>
        result.Passed ? $"{Brief(result.Command)} ✓ {result.Seconds:0.0}s" : $"{Brief(result.Command)} ✗ {(result.ExitCode is { } code ? $"exit {code}" : "killed")} {result.Seconds:0.0}s";

    // The plan has the whole command; a line of progress only has to say which one it was.
    private static string Brief(string command) => Shorten(command.Trim(), LongestCommand);

    private static string Counted(int count, string word) => count == 1 ? $"1 {word}" : $"{count} {word}s";

    private static string Clock(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}m{time.Seconds:00}s");

    private static string Short(string commit) => commit.Length > 7 ? commit[..7] : commit;

    private static string Shorten(string text, int limit)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= limit ? line : string.Concat(line.AsSpan(0, limit - 1), "…");
    }
}
