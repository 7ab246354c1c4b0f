using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Accounting;
using Cloister.Agents;
using Cloister.Artifacts;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Questions;
using Cloister.Sessions;
using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>
/// A fact of a run. The journal is the list of them and the only truth; everything else is a fold of it. Closed: names are stored for
/// ever, fields are only ever added.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RunAccepted), "run.accepted")]
[JsonDerivedType(typeof(RunPaused), "run.paused")]
[JsonDerivedType(typeof(RunResumed), "run.resumed")]
[JsonDerivedType(typeof(RunExtended), "run.extended")]
[JsonDerivedType(typeof(RunFinished), "run.finished")]
[JsonDerivedType(typeof(RunRemoved), "run.removed")]
[JsonDerivedType(typeof(RunRestored), "run.restored")]
[JsonDerivedType(typeof(RuleGranted), "run.rule_granted")]
[JsonDerivedType(typeof(RunAccessLost), "run.access_lost")]
[JsonDerivedType(typeof(RunAccessGiven), "run.access_given")]
[JsonDerivedType(typeof(MatrixExpanded), "task.expanded")]
[JsonDerivedType(typeof(TaskSkipped), "task.skipped")]
[JsonDerivedType(typeof(TaskRequeued), "task.requeued")]
[JsonDerivedType(typeof(TaskSucceeded), "task.succeeded")]
[JsonDerivedType(typeof(TaskFailed), "task.failed")]
[JsonDerivedType(typeof(TaskStopped), "task.stopped")]
[JsonDerivedType(typeof(TaskPaused), "task.paused")]
[JsonDerivedType(typeof(TaskResumed), "task.resumed")]
[JsonDerivedType(typeof(TaskStopRequested), "task.stop_requested")]
[JsonDerivedType(typeof(TaskRetried), "task.retried")]
[JsonDerivedType(typeof(TaskExtended), "task.extended")]
[JsonDerivedType(typeof(TaskMerged), "task.merged")]
[JsonDerivedType(typeof(MessageQueued), "task.message_queued")]
[JsonDerivedType(typeof(WorkspaceForgotten), "task.workspace_removed")]
[JsonDerivedType(typeof(TaskRemoved), "task.removed")]
[JsonDerivedType(typeof(TaskRestored), "task.restored")]
[JsonDerivedType(typeof(AttemptClaimed), "attempt.claimed")]
[JsonDerivedType(typeof(WorkspacePrepared), "attempt.workspace")]
[JsonDerivedType(typeof(SetupFinished), "attempt.setup")]
[JsonDerivedType(typeof(InstructionsRead), "attempt.instructions")]
[JsonDerivedType(typeof(AttemptStarted), "attempt.started")]
[JsonDerivedType(typeof(AttemptAdvanced), "attempt.advanced")]
[JsonDerivedType(typeof(AttemptNoted), "attempt.noted")]
[JsonDerivedType(typeof(AttemptEnded), "attempt.ended")]
[JsonDerivedType(typeof(WorkKept), "attempt.kept")]
[JsonDerivedType(typeof(CheckFinished), "attempt.check")]
[JsonDerivedType(typeof(ArtifactKept), "attempt.artifact")]
[JsonDerivedType(typeof(QuestionAsked), "question.asked")]
[JsonDerivedType(typeof(QuestionAnswered), "question.answered")]
[JsonDerivedType(typeof(InputDelivered), "input.delivered")]
[JsonDerivedType(typeof(IntentOpened), "intent.opened")]
[JsonDerivedType(typeof(IntentClosed), "intent.closed")]
[JsonDerivedType(typeof(RunLanded), "run.landed")]
[JsonDerivedType(typeof(SessionOpened), "session.opened")]
[JsonDerivedType(typeof(SessionClosed), "session.closed")]
[JsonDerivedType(typeof(TaskAdded), "task.added")]
[JsonDerivedType(typeof(TaskReleased), "task.released")]
[JsonDerivedType(typeof(TaskHandedOut), "task.handed_out")]
[JsonDerivedType(typeof(TaskPolicySet), "task.policy")]
[JsonDerivedType(typeof(CallerArtifactKept), "task.artifact")]
[JsonDerivedType(typeof(MessageFileTaken), "task.message_taken")]
[JsonDerivedType(typeof(HandoverAsked), "attempt.handover_asked")]
[JsonDerivedType(typeof(AttemptBriefed), "attempt.briefed")]
[JsonDerivedType(typeof(IsolationMeasured), "attempt.isolation")]
internal abstract record RunEvent;

/// <summary>A fact about one task of the run.</summary>
internal abstract record TaskEvent(string Task) : RunEvent;

/// <summary>A fact about one attempt of a task.</summary>
internal abstract record AttemptEvent(string Task, int Attempt) : TaskEvent(Task);

internal sealed record RunAccepted(
    RunId Run,
    Plan Plan,
    RunSource Source,
    IReadOnlyDictionary<string, AgentDefinition> Agents,
    IReadOnlyDictionary<string, JsonElement> Inputs,
    string? IdempotencyKey,
    string? Rehearsal,
    DateTimeOffset At) : RunEvent
{
    /// <summary>What people should know about working on this project, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>What its access to the model is recognised by; null in older journals, and for a rehearsal.</summary>
    public AccessMark? Access { get; init; }

    /// <summary>True when its tasks are only planned until somebody asks for them, and more may be added.</summary>
    public bool Board { get; init; }
}

internal sealed record RunPaused : RunEvent;

internal sealed record RunResumed : RunEvent;

internal sealed record RunExtended(decimal? BudgetUsd) : RunEvent;

internal sealed record RunFinished(RunOutcome Outcome, DateTimeOffset At) : RunEvent;

/// <summary>The run is forgotten by lists; its refs and this journal stay.</summary>
internal sealed record RunRemoved(DateTimeOffset At) : RunEvent;

/// <summary>Lists show it again.</summary>
internal sealed record RunRestored : RunEvent;

/// <summary>A permission rule, in Claude's syntax, that holds for every task of the run from now on.</summary>
/// <summary>The engine that found the run was started without the access it works with: nothing of it is started until a person has given it.</summary>
internal sealed record RunAccessLost : RunEvent;

/// <summary>A person, or an engine with the same environment as the one before, has given the access.</summary>
internal sealed record RunAccessGiven(AccessMark Access) : RunEvent;

internal sealed record RuleGranted(string Rule, string By) : RunEvent;

/// <summary>A matrix task became its copies; the original only waits for them.</summary>
internal sealed record MatrixExpanded(string Task, IReadOnlyList<MatrixCopy> Copies) : TaskEvent(Task);

internal sealed record TaskSkipped(string Task, TaskReason Reason, string Message, DateTimeOffset At) : TaskEvent(Task);

/// <summary>Goes back to the queue: a retry, or parked until <paramref name="NotBefore"/>. The next attempt starts with this prompt.</summary>
internal sealed record TaskRequeued(
    string Task, TaskReason? Reason, string Message, DateTimeOffset? NotBefore, NextAttempt Next, bool CountsAsRetry) : TaskEvent(Task)
{
    /// <summary>True when no attempt has ended: it stays in the queue because another agent writes in its project folder.</summary>
    public bool WaitsForFolder { get; init; }
}

internal sealed record TaskSucceeded(
    string Task, bool WaitsForReview, string Summary, JsonElement? Result, DateTimeOffset At) : TaskEvent(Task);

internal sealed record TaskFailed(string Task, TaskReason Reason, string Message, DateTimeOffset At) : TaskEvent(Task);

internal sealed record TaskStopped(string Task, TaskReason Reason, string Message, DateTimeOffset At) : TaskEvent(Task);

internal sealed record TaskPaused(string Task) : TaskEvent(Task);

internal sealed record TaskResumed(string Task) : TaskEvent(Task);

internal sealed record TaskStopRequested(string Task, StopCause Cause) : TaskEvent(Task);

/// <summary>A person wants it done again.</summary>
/// <param name="Newcomer">The agent's definition when the run did not know it: its file may be gone when this is read again.</param>
internal sealed record TaskRetried(
    string Task, NextAttempt Next, string? Agent, string? Model, DateTimeOffset At, AgentDefinition? Newcomer = null) : TaskEvent(Task)
{
    /// <summary>Who settles it from now on when what it needs does not merge; null: as before.</summary>
    public ConflictAnswer? OnConflict { get; init; }
}

internal sealed record TaskExtended(string Task, TimeSpan? MoreTime, decimal? MoreBudgetUsd, int? MoreTurns = null) : TaskEvent(Task)
{
    /// <summary>True when nobody asked: the task is to get more time when its own is nearly up.</summary>
    public bool ByPolicy { get; init; }

    /// <summary>Of the request, where it had one: the same one asked again extends nothing.</summary>
    public string? Key { get; init; }
}

internal sealed record TaskMerged(string Task, string Commit, string Branch, DateTimeOffset At) : TaskEvent(Task);

internal sealed record MessageQueued(string Task, string Key, string Text, DateTimeOffset At) : TaskEvent(Task);

/// <summary>A task was written down; an agent that the run did not know comes with it.</summary>
/// <param name="Key">Of the request: the same one asked again adds nothing.</param>
internal sealed record TaskAdded(string Task, PlanTask Definition, string Key, AgentDefinition? Newcomer, DateTimeOffset At) : TaskEvent(Task);

/// <summary>A planned task is to be done by an agent, as it is defined now.</summary>
/// <param name="Next">How it begins where it was begun before; null: as it was planned.</param>
internal sealed record TaskReleased(string Task, PlanTask Definition, AgentDefinition? Newcomer, DateTimeOffset At, NextAttempt? Next = null) : TaskEvent(Task);

/// <summary>Whoever asked does it themselves.</summary>
/// <param name="Why">Why no agent does it, where one was wanted; null: nobody wanted one.</param>
internal sealed record TaskHandedOut(string Task, string? Why, DateTimeOffset At) : TaskEvent(Task)
{
    /// <summary>Why it is not done yet, where they have said something already.</summary>
    public CallerReport? Report { get; init; }

    /// <summary>True when they asked to do it themselves: nothing fell back, whatever was said before.</summary>
    public bool AskedFor { get; init; }
}

/// <summary>From now on its limits and failures are treated like this.</summary>
internal sealed record TaskPolicySet(string Task, TimeoutHandling? OnTimeout, bool? AutoRecovery) : TaskEvent(Task);

/// <summary>A file or text that came with the report of whoever did the task themselves is in the store.</summary>
internal sealed record CallerArtifactKept(string Task, Artifact Artifact) : TaskEvent(Task);

/// <summary>A message file of the session was taken in: what it said is the next event, in the same commit.</summary>
internal sealed record MessageFileTaken(string Task, string Key) : TaskEvent(Task);

internal sealed record WorkspaceForgotten(string Task) : TaskEvent(Task);

/// <summary>The task is forgotten by lists, and merged only when it is named; its refs and this journal stay.</summary>
internal sealed record TaskRemoved(string Task, DateTimeOffset At) : TaskEvent(Task);

/// <summary>Lists show it again.</summary>
internal sealed record TaskRestored(string Task) : TaskEvent(Task);

/// <summary>The intent to run an attempt: written before anything outside happens.</summary>
/// <param name="Fence">Grows with every claim of the run; a late writer with an older one is refused.</param>
/// <param name="ToldAnswers">Questions of earlier attempts whose answers are in the prompt.</param>
internal sealed record AttemptClaimed(
    string Task,
    int Attempt,
    Guid SessionId,
    bool Resume,
    string Prompt,
    string Agent,
    string? Model,
    long Fence,
    DateTimeOffset Deadline,
    decimal? BudgetUsd,
    bool FromBase,
    DateTimeOffset At,
    IReadOnlyList<QuestionId>? ToldAnswers = null) : AttemptEvent(Task, Attempt)
{
    /// <summary>Its folder among the sessions, such as <c>r7-api/attempts/2</c>; null in older journals, where the conversation named it.</summary>
    public string? Folder { get; init; }
}

/// <summary>What the agent is told is put together.</summary>
/// <param name="Bytes">UTF-8 bytes of everything that goes into its first request from us.</param>
/// <param name="Tokens">What they are estimated to be.</param>
internal sealed record AttemptBriefed(string Task, int Attempt, long Bytes, long Tokens) : AttemptEvent(Task, Attempt);

/// <summary>Distinctive words of tasks that are none of the agent's business were looked for in what passed through its conversation.</summary>
internal sealed record IsolationMeasured(string Task, int Attempt, long Planted, long Found) : AttemptEvent(Task, Attempt);

/// <summary>The agent is to write down where it is: a fresh conversation goes on from there.</summary>
internal sealed record HandoverAsked(string Task, int Attempt, TaskReason Cause, DateTimeOffset At) : AttemptEvent(Task, Attempt);

internal sealed record WorkspacePrepared(string Task, int Attempt, Workspace Workspace) : AttemptEvent(Task, Attempt);

internal sealed record SetupFinished(string Task, int Attempt, CommandResult Result) : AttemptEvent(Task, Attempt);

/// <summary>The project's own instruction files that are in the agent's context.</summary>
internal sealed record InstructionsRead(string Task, int Attempt, IReadOnlyList<string> Files) : AttemptEvent(Task, Attempt);

internal sealed record AttemptStarted(string Task, int Attempt, string Model, string BackendVersion, string PermissionMode, DateTimeOffset At)
    : AttemptEvent(Task, Attempt)
{
    /// <summary>The agent's process on its host; null where there is none of its own, and in older journals.</summary>
    public int? ProcessId { get; init; }
}

/// <summary>Output up to this byte is accounted for; figures are the newest, or null where they did not change.</summary>
internal sealed record AttemptAdvanced(string Task, int Attempt, long Offset, UsageSnapshot? Usage, string? Activity, DateTimeOffset At)
    : AttemptEvent(Task, Attempt);

/// <summary>Something worth keeping about an attempt: a report, a compaction, a retry of the service, a refused line.</summary>
internal sealed record AttemptNoted(string Task, int Attempt, string Kind, string Text) : AttemptEvent(Task, Attempt)
{
    /// <summary>What an agent that declares itself done has left open, or null.</summary>
    public string? Left { get; init; }
}

internal sealed record AttemptEnded(string Task, int Attempt, AgentOutcome Outcome, DateTimeOffset At) : AttemptEvent(Task, Attempt);

internal sealed record WorkKept(string Task, int Attempt, WorkSnapshot Snapshot) : AttemptEvent(Task, Attempt);

internal sealed record CheckFinished(string Task, int Attempt, CommandResult Result) : AttemptEvent(Task, Attempt);

/// <summary>A file that the agent reported is in the store; a later one of the same name takes its place.</summary>
internal sealed record ArtifactKept(string Task, int Attempt, Artifact Artifact) : AttemptEvent(Task, Attempt);

internal sealed record QuestionAsked(Question Question) : RunEvent;

internal sealed record QuestionAnswered(QuestionId Question, Answer Answer) : RunEvent;

/// <summary>An answer or message has reached the agent's input, under the key that <see cref="InputKey"/> gave it.</summary>
internal sealed record InputDelivered(string Task, string Key) : TaskEvent(Task);

/// <summary>An effect outside the journal is about to happen; found open after a restart it is looked at, never repeated blindly.</summary>
internal sealed record IntentOpened(string Key, IntentKind Kind, string Detail) : RunEvent;

internal sealed record IntentClosed(string Key, bool Happened) : RunEvent;

/// <summary>A session is there for tasks that are to share a workspace; opened again it is as it says now.</summary>
internal sealed record SessionOpened(NamedSession Session, AgentDefinition Agent, DateTimeOffset At) : RunEvent;

/// <summary>No more tasks come to it.</summary>
internal sealed record SessionClosed(string Session, DateTimeOffset At) : RunEvent;

internal sealed record RunLanded(string Branch, string Commit, DateTimeOffset At) : RunEvent;

/// <summary>How the next attempt of a task begins.</summary>
/// <param name="Prompt">What it is told; null: the task's own prompt.</param>
/// <param name="Resume">Goes on in the same conversation.</param>
/// <param name="FromBase">Starts in a fresh workspace instead of on top of the kept work.</param>
/// <param name="Note">Added to the task's own prompt.</param>
public sealed record NextAttempt(string? Prompt, bool Resume, bool FromBase = false, string? Note = null);

/// <summary>Effects outside the journal that are announced before they happen.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IntentKind>))]
public enum IntentKind
{
    /// <summary>The integration branch is about to move; the detail says to where, and which tasks.</summary>
    [JsonStringEnumMemberName("merge")] Merge,
}

/// <summary>Figures of an attempt at one moment, as the backend counted them.</summary>
public sealed record UsageSnapshot(TokenUsage Tokens, decimal CostUsd, long ContextTokens, long ContextWindow, int Turns);
