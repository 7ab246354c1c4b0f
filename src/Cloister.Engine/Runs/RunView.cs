using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Agents;
using Cloister.Plans;
using Cloister.Questions;
using Cloister.Runs.Messages;

namespace Cloister.Runs;

/// <summary>A run as its journal tells it: the fold of its events up to <see cref="Position"/>.</summary>
public sealed record RunView
{
    /// <summary>Its reference.</summary>
    public required RunId Id { get; init; }

    /// <summary>Number of events folded; the next one is appended at this position plus one.</summary>
    public long Position { get; init; }

    /// <summary>What it executes.</summary>
    public required Plan Plan { get; init; }

    /// <summary>Where the work comes from.</summary>
    public required RunSource Source { get; init; }

    /// <summary>The agent definitions as they were when the run was accepted.</summary>
    public required ImmutableDictionary<string, AgentDefinition> Agents { get; init; }

    /// <summary>Values given for the plan's inputs.</summary>
    public required ImmutableDictionary<string, JsonElement> Inputs { get; init; }

    /// <summary>Scenario that answers instead of a model, or null on a real model.</summary>
    public string? Rehearsal { get; init; }

    /// <summary>What people should know about working on this project, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>What its access to the model is recognised by; null in journals that are older than that.</summary>
    public AccessMark? Access { get; init; }

    /// <summary>True while the engine does not have that access: no agent of it is started.</summary>
    public bool AccessLost { get; init; }

    /// <summary>The key the caller gave so that a repeated request does not start a second run.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Whether anything may still happen by itself.</summary>
    public RunPhase Phase { get; init; } = RunPhase.Active;

    /// <summary>How it ended; null while it is not finished.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>USD it may spend, extensions included; null: no limit.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>Permission rules granted to all its tasks.</summary>
    public ImmutableList<string> AllowRules { get; init; } = [];

    /// <summary>Tasks in plan order; copies of a matrix follow their original.</summary>
    public ImmutableList<string> Order { get; init; } = [];

    /// <summary>Tasks by id.</summary>
    public ImmutableDictionary<string, TaskView> Tasks { get; init; } = ImmutableDictionary<string, TaskView>.Empty;

    /// <summary>Everything that was ever asked, answered or not.</summary>
    public ImmutableDictionary<QuestionId, Question> Questions { get; init; } = ImmutableDictionary<QuestionId, Question>.Empty;

    /// <summary>Named sessions that were opened for tasks to come, by name.</summary>
    public ImmutableDictionary<string, SessionView> Sessions { get; init; } = ImmutableDictionary<string, SessionView>.Empty;

    /// <summary>What engine and agents have said to each other, numbered.</summary>
    internal Mail Mail { get; init; } = new();

    /// <summary>True when tasks are planned on it one by one and done when somebody asks for them.</summary>
    public bool Board { get; init; }

    /// <summary>Effects that were announced and not yet known to have happened.</summary>
    public ImmutableDictionary<string, OpenIntent> Intents { get; init; } = ImmutableDictionary<string, OpenIntent>.Empty;

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset AcceptedAt { get; init; }

    /// <summary>When the last of its tasks ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>True when it was removed from lists.</summary>
    public bool Removed { get; init; }

    /// <summary>The commit on the base branch it was landed as.</summary>
    public string? LandedCommit { get; init; }

    /// <summary>Counts claims; the fence of the newest attempt.</summary>
    public long Fence { get; init; }

    /// <summary>Tasks in plan order.</summary>
    [JsonIgnore]
    public IEnumerable<TaskView> TasksInOrder => Order.Select(id => Tasks[id]);

    /// <summary>The task of this id.</summary>
    /// <exception cref="CloisterException"><c>task.unknown</c>: the run has none; the hint names those it has.</exception>
    internal TaskView TaskOf(string id) => Tasks.GetValueOrDefault(id)
        ?? throw new CloisterException("task.unknown", $"{Id} has no task \"{id}\"", $"its tasks: {string.Join(", ", Order.Take(20))}");

    /// <summary>USD spent by all attempts, estimated at list price.</summary>
    [JsonIgnore]
    public decimal CostUsd => Tasks.Values.Sum(task => task.CostUsd);

    /// <summary>Questions that wait, oldest first.</summary>
    [JsonIgnore]
    public IEnumerable<Question> OpenQuestions => Questions.Values.Where(q => q.Answer is null).OrderBy(q => q.Id.Number);

    /// <summary>
    /// True while nothing moves by itself: every task that has not ended is only planned, is with whoever asked for it, or waits for one of those.
    /// </summary>
    [JsonIgnore]
    public bool Rests => Tasks.Values.Any(task => !task.Ended) && Tasks.Values.All(task => task.Ended || IsHeld(task));

    private bool IsHeld(TaskView task) =>
        task.State is TaskState.Planned or TaskState.HandedOut
        || (task.State == TaskState.Queued && task.Definition.Needs.Concat(task.Definition.After).Any(id => IsHeld(Tasks[id])));

    /// <summary>The branch its finished tasks are merged to.</summary>
    [JsonIgnore]
    public string IntegrationBranch => Plan.Merge.Into ?? Landing.IntegrationBranch.NameFor(Plan.Name, Id);
}

/// <summary>Where a run's work comes from.</summary>
/// <param name="Project">The user's project folder (the repository's root where there is git), absolute.</param>
/// <param name="BaseBranch">The branch the base was taken from, or null for a detached commit or no git.</param>
/// <param name="BaseCommit">The commit every task starts from, or null without git.</param>
public sealed record RunSource(string Project, string? BaseBranch, string? BaseCommit);

/// <summary>An announced effect.</summary>
public sealed record OpenIntent(string Key, IntentKind Kind, string Detail);

/// <summary>Whether a run moves.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunPhase>))]
public enum RunPhase
{
    /// <summary>Tasks start as soon as they can.</summary>
    [JsonStringEnumMemberName("active")] Active,

    /// <summary>A person paused it; nothing starts.</summary>
    [JsonStringEnumMemberName("paused")] Paused,

    /// <summary>Every task has ended.</summary>
    [JsonStringEnumMemberName("finished")] Finished,
}

/// <summary>How a run ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunOutcome>))]
public enum RunOutcome
{
    /// <summary>Every task ended as the plan wants it.</summary>
    [JsonStringEnumMemberName("succeeded")] Succeeded,

    /// <summary>A task failed.</summary>
    [JsonStringEnumMemberName("failed")] Failed,

    /// <summary>A person stopped it.</summary>
    [JsonStringEnumMemberName("stopped")] Stopped,

    /// <summary>Its budget, or a task's, was spent before the work was done.</summary>
    [JsonStringEnumMemberName("budget")] Budget,

    /// <summary>The credential was refused.</summary>
    [JsonStringEnumMemberName("auth")] Auth,
}
