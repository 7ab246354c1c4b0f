using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Accounting;
using Cloister.Artifacts;
using Cloister.Plans;
using Cloister.Processes;
using Cloister.Sessions;
using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>A task as the journal tells it.</summary>
public sealed record TaskView
{
    /// <summary>What it is to do, with the plan's defaults filled in.</summary>
    public required PlanTask Definition { get; init; }

    /// <summary>Where it is in its life.</summary>
    public TaskState State { get; init; } = TaskState.Queued;

    /// <summary>Why, where the state alone does not say it.</summary>
    public TaskReason? Reason { get; init; }

    /// <summary>One line for people: what it does, waits for, or died of. May hold untrusted text.</summary>
    public string? Detail { get; init; }

    /// <summary>Its attempts, the newest last.</summary>
    public ImmutableList<AttemptView> Attempts { get; init; } = [];

    /// <summary>How the next attempt begins, when the task went back to the queue.</summary>
    public NextAttempt? Next { get; init; }

    /// <summary>It does not start before this time.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Retries that count against the plan's limit.</summary>
    public int RetriesUsed { get; init; }

    /// <summary>The copies a matrix made of it; null until it is expanded or where there is no matrix.</summary>
    public ImmutableList<string>? Copies { get; init; }

    /// <summary>The matrix task it is a copy of.</summary>
    public string? CopyOf { get; init; }

    /// <summary>What <c>${{ matrix.name }}</c> stands for in a copy.</summary>
    public IReadOnlyDictionary<string, JsonElement> MatrixValues { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;

    /// <summary>The directory it works in.</summary>
    public Workspace? Workspace { get; init; }

    /// <summary>The newest kept work.</summary>
    public WorkSnapshot? Work { get; init; }

    /// <summary>The commit on the integration branch, once merged.</summary>
    public string? MergedCommit { get; init; }

    /// <summary>What it achieved, in its own words. Untrusted text.</summary>
    public string? Summary { get; init; }

    /// <summary>Its structured result, where the plan declares one.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>Messages to the agent, delivered or not.</summary>
    public ImmutableList<QueuedMessage> Messages { get; init; } = [];

    /// <summary>Result files and texts of whoever did it themselves; an agent's are with its attempts.</summary>
    public ImmutableList<Artifact> Artifacts { get; init; } = [];

    /// <summary>Contents that names of artifacts had before, oldest first: what is overwritten is not gone.</summary>
    public ImmutableList<Artifact> EarlierArtifacts { get; init; } = [];

    /// <summary>Message files that were taken in, by key.</summary>
    public ImmutableHashSet<string> TakenMessages { get; init; } = [];

    /// <summary>Times it was granted more time because its own was nearly up.</summary>
    public int TimeExtensions { get; init; }

    /// <summary>Requests for more of something that were granted, by key.</summary>
    public ImmutableHashSet<string> ExtensionKeys { get; init; } = [];

    /// <summary>Why whoever asked does it themselves although an agent was wanted; null otherwise.</summary>
    public string? FallbackReason { get; init; }

    /// <summary>What whoever does it themselves has said last; null: nothing, or it is done.</summary>
    public CallerReport? Report { get; init; }

    /// <summary>The request that added it; null: it came with the plan.</summary>
    public string? AddedBy { get; init; }

    /// <summary>Times a fresh conversation took over because the old one was at a limit.</summary>
    [JsonIgnore]
    public int Handovers => Attempts.Count(attempt => attempt is { HandoverAsked: not null, Outcome: not null });

    /// <summary>True when it was removed from lists.</summary>
    public bool Removed { get; init; }

    /// <summary>True while a person holds it back.</summary>
    public bool Paused { get; init; }

    /// <summary>Why its running attempt was asked to end; null when it was not.</summary>
    public StopCause? StopRequested { get; init; }

    /// <summary>Agent named by a retry instead of the plan's.</summary>
    public string? AgentOverride { get; init; }

    /// <summary>Model named by a retry instead of the plan's.</summary>
    public string? ModelOverride { get; init; }

    /// <summary>Time granted on top of the plan's.</summary>
    public TimeSpan MoreTime { get; init; }

    /// <summary>USD granted on top of the plan's.</summary>
    public decimal MoreBudgetUsd { get; init; }

    /// <summary>Model turns granted to each further attempt on top of its limit: a process keeps the limit it was started with.</summary>
    public int MoreTurns { get; init; }

    /// <summary>When it was (last) put into the queue.</summary>
    public DateTimeOffset QueuedAt { get; init; }

    /// <summary>When its first attempt was claimed.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Where its agents begin: its workspace, or the folder in it that its session names; null before there is one.</summary>
    [JsonIgnore]
    internal string? WorkingDirectory => Workspace is { Path: var root } && Definition.Session.Folder is { } inside ? Path.Combine(root, inside) : Workspace?.Path;

    /// <summary>The newest attempt.</summary>
    [JsonIgnore]
    public AttemptView? Attempt => Attempts.IsEmpty ? null : Attempts[^1];

    /// <summary>The newest attempt while it still has something to do.</summary>
    [JsonIgnore]
    public AttemptView? LiveAttempt => State is TaskState.Starting or TaskState.Working or TaskState.NeedsInput ? Attempt : null;

    /// <summary>The same with another state of its newest attempt.</summary>
    internal TaskView WithLive(AttemptView attempt) => this with { Attempts = Attempts.SetItem(Attempts.Count - 1, attempt) };

    /// <summary>USD of all attempts, failed ones included.</summary>
    [JsonIgnore]
    public decimal CostUsd => Attempts.Sum(attempt => attempt.Usage.CostUsd);

    /// <summary>Tokens of all attempts.</summary>
    [JsonIgnore]
    public TokenUsage Tokens => Attempts.Aggregate(default(TokenUsage), (sum, attempt) => sum + attempt.Usage.Tokens);

    /// <summary>USD this task may spend over all attempts; null: no limit of its own.</summary>
    [JsonIgnore]
    public decimal? BudgetUsd => Definition.BudgetUsd is { } budget ? budget + MoreBudgetUsd : null;

    /// <summary>What it keeps now under each name: the newest attempt's, and what earlier ones and whoever did it themselves kept beside.</summary>
    [JsonIgnore]
    public IEnumerable<Artifact> KeptArtifacts => Attempts.Reverse().SelectMany(attempt => attempt.Artifacts).Concat(Artifacts).DistinctBy(artifact => artifact.Name, StringComparer.Ordinal);

    /// <summary>How often something was kept under this name.</summary>
    internal int VersionsOf(string name) =>
        KeptArtifacts.Concat(EarlierArtifacts).Where(artifact => artifact.Name == name).Select(artifact => artifact.Version).DefaultIfEmpty(0).Max();

    /// <summary>
    /// True when it left commits of its own, or settled what others left. What a task did in the user's own directory is there already, and its snapshot holds the
    /// user's changes too: it is never merged.
    /// </summary>
    [JsonIgnore]
    public bool HasWorkToMerge => Work is { Commit: not null } work && (work.HasChanges || Workspace?.Conflicts is not null) && !IsBesidePerson;

    // It may have joined the task that was told to work there.
    private bool IsBesidePerson => Definition.Workspace == TaskWorkspace.Current || Workspace?.Kind == CurrentDirectory.Word;

    /// <summary>True when nothing more happens to it without a person.</summary>
    [JsonIgnore]
    public bool Ended => TaskMachine.IsEnd(State);
}

/// <summary>One process life of a task.</summary>
public sealed record AttemptView
{
    // An agent that nobody answered for a week gives its memory back; a retry goes on with its conversation.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    /// <summary>More than anybody looks through; every one of them is in every view of the run.</summary>
    internal const int MostArtifacts = 500;

    /// <summary>Its number in the task, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The Claude conversation.</summary>
    public required Guid SessionId { get; init; }

    /// <summary>True when it went on in an existing conversation.</summary>
    public bool Resume { get; init; }

    /// <summary>The message it started with. Untrusted text.</summary>
    public required string Prompt { get; init; }

    /// <summary>Who does it.</summary>
    public required string Agent { get; init; }

    /// <summary>The model it was asked for, and once it answered, the one that answers.</summary>
    public string? Model { get; init; }

    /// <summary>Its fence: writes under an older one are refused.</summary>
    public long Fence { get; init; }

    /// <summary>When its time is up; the time it waits for a person does not count.</summary>
    public DateTimeOffset Deadline { get; init; }

    /// <summary>Since when it waits for a person; null while it does not.</summary>
    public DateTimeOffset? WaitsSince { get; init; }

    /// <summary>When its process tree is killed, if nothing more happens.</summary>
    [JsonIgnore]
    public DateTimeOffset KilledAt => WaitsSince is { } since ? since + LongestWait : Deadline;

    /// <summary>USD it may spend; null: no limit.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>How often its time or budget was extended while it lived.</summary>
    public int Extensions { get; init; }

    /// <summary>When it was claimed.</summary>
    public DateTimeOffset ClaimedAt { get; init; }

    /// <summary>True once its workspace is ready.</summary>
    public bool Prepared { get; init; }

    /// <summary>How the setup command ended; null when it has not run.</summary>
    public CommandResult? Setup { get; init; }

    /// <summary>The project's own instruction files in its context, relative to the repository.</summary>
    public ImmutableList<string> InstructionFiles { get; init; } = [];

    /// <summary>When the agent first answered.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Version of the agent program.</summary>
    public string? BackendVersion { get; init; }

    /// <summary>The agent's process on its host, while it lives; null where there is none of its own.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Bytes of its output that are in the journal.</summary>
    public long Offset { get; init; }

    /// <summary>Newest figures.</summary>
    public UsageSnapshot Usage { get; init; } = new(default, 0, 0, 0, 0);

    /// <summary>When something last came from it.</summary>
    public DateTimeOffset? ActiveAt { get; init; }

    /// <summary>Questions of earlier attempts whose answers its prompt tells.</summary>
    public ImmutableList<QuestionId> ToldAnswers { get; init; } = [];

    /// <summary>True when it was asked to start over in a fresh workspace.</summary>
    public bool FromBase { get; init; }

    /// <summary>What the agent says it achieved, through the worker tool. Untrusted text.</summary>
    public string? DeclaredSummary { get; init; }

    /// <summary>Its newest reports of progress, oldest first. Untrusted text.</summary>
    public ImmutableList<string> Reports { get; init; } = [];

    /// <summary>What it says is left to do, through the worker tool. Untrusted text.</summary>
    public string? DeclaredLeft { get; init; }

    /// <summary>What it wrote down for its successor. Untrusted text.</summary>
    public string? Handover { get; init; }

    /// <summary>When and why it was asked to hand over; null while it was not.</summary>
    public AskedHandover? HandoverAsked { get; init; }

    /// <summary>Its folder among the sessions; null: the one its conversation names.</summary>
    public string? Folder { get; init; }

    /// <summary>UTF-8 bytes of what it was told at its beginning; null before that, and where a conversation only goes on.</summary>
    public long? BriefedBytes { get; init; }

    /// <summary>What its first model turn had in its window, in tokens; 0 before it.</summary>
    public long FirstContextTokens { get; init; }

    /// <summary>The most context any of its turns had, in tokens.</summary>
    public long PeakContextTokens { get; init; }

    /// <summary>Other tasks' distinctive words that were looked for in its conversation, and found; null: nobody looked.</summary>
    public MarkerSearch? Isolation { get; init; }

    /// <summary>Times its conversation was compacted.</summary>
    public int Compactions { get; init; }

    /// <summary>How its process ended.</summary>
    public AgentOutcome? Outcome { get; init; }

    /// <summary>When its process ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What it left, as a commit on a kept ref.</summary>
    public WorkSnapshot? Work { get; init; }

    /// <summary>Result files that it reported, in the order of their last report.</summary>
    public ImmutableList<Artifact> Artifacts { get; init; } = [];

    /// <summary>True when conflicts were laid into its workspace that no attempt before it was told of.</summary>
    internal bool HasNewConflicts { get; init; }

    /// <summary>True once what it left in its session's folder is in the journal.</summary>
    internal bool IsCollected { get; init; }

    /// <summary>Checks that have run on its work.</summary>
    public ImmutableList<CommandResult> Checks { get; init; } = [];
}

/// <summary>That an agent was asked to hand over.</summary>
/// <param name="At">When.</param>
/// <param name="Cause">Its context or its time.</param>
public sealed record AskedHandover(DateTimeOffset At, TaskReason Cause);

/// <summary>A message to a running agent.</summary>
public sealed record QueuedMessage(string Key, string Text, bool Delivered);
