using System.Text.Json.Serialization;
using Cloister.Plans;
using Cloister.Questions;

namespace Cloister.Runs;

/// <summary>A request to run a plan.</summary>
/// <param name="Plan">The plan, checked.</param>
/// <param name="Project">The user's project folder, absolute.</param>
/// <param name="Inputs">Values for the plan's inputs.</param>
/// <param name="IdempotencyKey">A repeated request under the same key returns the run it already started.</param>
/// <param name="Rehearsal">A scenario (its text) that answers instead of a model; null: the real model.</param>
/// <param name="ModelAccess">
/// Variables of the user's environment that give access to the model, possibly none; null: those of the engine's own. Held in memory only.
/// </param>
public sealed record StartRun(
    Plan Plan,
    string Project,
    IReadOnlyDictionary<string, string> Inputs,
    string? IdempotencyKey,
    string? Rehearsal,
    IReadOnlyDictionary<string, string>? ModelAccess)
{
    /// <summary>True for a board: its tasks, possibly none, are only planned, more may be added, and each is done when somebody asks for it.</summary>
    public bool Board { get; init; }
}

/// <summary>An answer to a question.</summary>
/// <param name="Decision">Reply, allow or deny.</param>
/// <param name="Text">
/// The text, the option's number or label, the reason of a denial, or with an approval the plan or the tool's input (JSON) as a person has
/// changed it.
/// </param>
/// <param name="AlwaysRule">A permission rule to grant to the whole run with it, in Claude's syntax.</param>
public sealed record AnswerQuestion(AnswerDecision Decision, string? Text, string? AlwaysRule = null)
{
    /// <summary>True when a model passes it on: then it is marked so, and no permission or plan can be decided by it.</summary>
    public bool ByModel { get; init; }
}

/// <summary>Something a person wants of a run or a task.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "command")]
[JsonDerivedType(typeof(PauseCommand), "pause")]
[JsonDerivedType(typeof(ResumeCommand), "resume")]
[JsonDerivedType(typeof(StopCommand), "stop")]
[JsonDerivedType(typeof(RetryCommand), "retry")]
[JsonDerivedType(typeof(ExtendCommand), "extend")]
[JsonDerivedType(typeof(SendCommand), "send")]
[JsonDerivedType(typeof(AddTasksCommand), "add")]
[JsonDerivedType(typeof(OpenSessionCommand), "open_session")]
[JsonDerivedType(typeof(CloseSessionCommand), "close_session")]
[JsonDerivedType(typeof(ReleaseCommand), "release")]
[JsonDerivedType(typeof(HandOutCommand), "hand_out")]
[JsonDerivedType(typeof(CompleteCommand), "complete")]
[JsonDerivedType(typeof(SetPolicyCommand), "set_policy")]
[JsonDerivedType(typeof(SettleCommand), "settle")]
public abstract record RunCommand;

/// <summary>Stop starting turns; the workspace stays.</summary>
public sealed record PauseCommand : RunCommand;

/// <summary>Go on.</summary>
public sealed record ResumeCommand : RunCommand
{
    /// <summary>Access to the model, for a run that has lost it or whose was refused; null: as it is. Held in memory only.</summary>
    public IReadOnlyDictionary<string, string>? ModelAccess { get; init; }
}

/// <summary>End it; the work is kept as commits.</summary>
public sealed record StopCommand : RunCommand;

/// <summary>Do it again, from the last kept work, or from its base with <paramref name="Clean"/>.</summary>
public sealed record RetryCommand(bool Clean, string? Agent, string? Model, string? Text) : RunCommand
{
    /// <summary>Who settles it from now on when what it needs does not merge; null: as before.</summary>
    public Plans.ConflictAnswer? OnConflict { get; init; }

    /// <summary>As for <see cref="ResumeCommand"/>.</summary>
    public IReadOnlyDictionary<string, string>? ModelAccess { get; init; }
}

/// <summary>
/// Let an agent settle what does not merge: a task that needs all of it is added to the run and begins; a named task that failed because
/// of a conflict is tried again, with the conflict in its workspace.
/// </summary>
/// <param name="Key">Makes a repeated request one.</param>
public sealed record SettleCommand(string Key) : RunCommand
{
    /// <summary>As for <see cref="ResumeCommand"/>.</summary>
    public IReadOnlyDictionary<string, string>? ModelAccess { get; init; }
}

/// <summary>More time, money or model turns.</summary>
public sealed record ExtendCommand(TimeSpan? Time, decimal? BudgetUsd, int? Turns = null) : RunCommand
{
    /// <summary>Makes a repeated request for a task's time or turns one extension; null: each request is one of its own.</summary>
    public string? Key { get; init; }
}

/// <summary>Say something to a working agent. The key makes a repeated request one message.</summary>
public sealed record SendCommand(string Key, string Text) : RunCommand;

/// <summary>A run in a list.</summary>
public sealed record RunSummary(
    RunId Run,
    string Name,
    RunPhase Phase,
    RunOutcome? Outcome,
    string Project,
    string? Base,
    string IntegrationBranch,
    decimal CostUsd,
    decimal? BudgetUsd,
    DateTimeOffset AcceptedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyList<TaskRow> Tasks)
{
    /// <summary>True when tasks are planned on it one by one.</summary>
    public bool Board { get; init; }

    /// <summary>True when a scenario answers instead of a model.</summary>
    public bool Rehearsed { get; init; }
}

/// <summary>A task in a list; the row of <c>ps --json</c>.</summary>
/// <param name="Run">Its run.</param>
/// <param name="Task">Its id in the run.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Reason">Why, where the state alone does not say it.</param>
/// <param name="Agent">Who does it.</param>
/// <param name="Model">The model that answers, or is asked for.</param>
/// <param name="Attempt">Number of the newest attempt; 0 before the first.</param>
/// <param name="Session">The Claude conversation of the newest attempt.</param>
/// <param name="Workspace">The directory it works in.</param>
/// <param name="Branch">Its branch.</param>
/// <param name="Commit">Its newest kept commit.</param>
/// <param name="CostUsd">All attempts, estimated at list price.</param>
/// <param name="Tokens">All attempts, counted once per model message.</param>
/// <param name="ContextPercent">Share of the model's window the last turn used; null while unknown.</param>
/// <param name="Question">The oldest question it waits for.</param>
/// <param name="QueuedAt">When it was queued.</param>
/// <param name="StartedAt">When its first attempt was claimed.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Summary">What it achieved, in its own words. Untrusted text.</param>
/// <param name="Detail">What it does, waits for, or died of. Untrusted text.</param>
public sealed record TaskRow(
    RunId Run,
    string Task,
    TaskState State,
    TaskReason? Reason,
    string? Agent,
    string? Model,
    int Attempt,
    Guid? Session,
    string? Workspace,
    string? Branch,
    string? Commit,
    decimal CostUsd,
    Accounting.TokenUsage Tokens,
    double? ContextPercent,
    QuestionId? Question,
    DateTimeOffset QueuedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? Summary,
    string? Detail)
{
    /// <summary>The name of its session, which is that of a folder; null in rows that are older than these.</summary>
    public string? SessionName { get; init; }

    /// <summary>The task it is a part of, on a board.</summary>
    public string? Parent { get; init; }

    /// <summary>Why whoever was given it has not done it yet; null: they have not said.</summary>
    public CallerReport? Report { get; init; }

    /// <summary>True when it goes on only after a person has said something, though no agent asked.</summary>
    [JsonIgnore]
    public bool WaitsForPerson => State == TaskState.HandedOut && Report?.Need is CallerNeed.Unblocking or CallerNeed.Decision;
}

/// <summary>Something that happened, for people and scripts that watch.</summary>
/// <param name="Sequence">Its place over all runs; resume a watch after it.</param>
/// <param name="Run">Which run.</param>
/// <param name="Task">Which task, or null for the run itself.</param>
/// <param name="At">When it was committed.</param>
/// <param name="Event">Stable dotted name, such as <c>task.working</c> or <c>question.answered</c>.</param>
/// <param name="State">The task's state after it.</param>
/// <param name="Reason">The task's reason after it.</param>
/// <param name="Question">The question it is about.</param>
/// <param name="Text">One line for people. May hold untrusted text.</param>
public sealed record RunUpdate(
    long Sequence,
    RunId Run,
    string? Task,
    DateTimeOffset At,
    string Event,
    TaskState? State,
    TaskReason? Reason,
    QuestionId? Question,
    string Text);

/// <summary>What was removed, and what was not and why.</summary>
/// <param name="Workspaces">The workspaces that were looked at.</param>
/// <param name="FreedBytes">What their removal freed.</param>
public sealed record RemoveReport(IReadOnlyList<RemovedWorkspace> Workspaces, long FreedBytes)
{
    /// <summary>Reported files, which no collection removes; only counted when everything is looked at.</summary>
    public Artifacts.ArtifactTotal Artifacts { get; init; }

    /// <summary>Removed workspaces that are still there for a while; null when there are none.</summary>
    public Workspaces.TrashTotal? Trash { get; init; }
}

/// <summary>A workspace that was, could be, or could not be removed.</summary>
public sealed record RemovedWorkspace(TaskRef Task, string Path, long Bytes, bool Removed, string? WhyNot)
{
    /// <summary>Where it lies for a while, because it holds files that git ignores; null when it is gone.</summary>
    public string? Trash { get; init; }
}

/// <summary>The engine of a state folder.</summary>
/// <param name="Pid">Its process.</param>
/// <param name="Version">Its program version.</param>
/// <param name="StateFolder">The folder it owns.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="Runs">Runs that are not finished.</param>
/// <param name="Attempts">Attempts whose agents it follows.</param>
public sealed record EngineStatus(int Pid, string Version, string StateFolder, DateTimeOffset StartedAt, int Runs, int Attempts)
{
    /// <summary>The newest update's sequence number; a watch from here has everything that comes.</summary>
    public long Sequence { get; init; }
}
