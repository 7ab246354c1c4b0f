using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cloister.Plans;

/// <summary>One task of a plan, complete: every default is applied. Texts may still hold <c>${{ }}</c>.</summary>
/// <param name="Id">Its name in the plan; part of references, branches and folders.</param>
/// <param name="Title">One line for people. Template.</param>
/// <param name="Prompt">What the agent is asked to do; the text itself, already read from its file. Template.</param>
/// <param name="Needs">Tasks that must succeed first; this one starts on top of their commits and with their summaries.</param>
/// <param name="After">Tasks that must have ended first, whatever came of them; order only.</param>
/// <param name="If">Condition, an expression without its <c>${{ }}</c>; null: none.</param>
/// <param name="Agent">Who does it.</param>
/// <param name="Model">Model alias or full id; null: the agent's own or the CLI's default.</param>
/// <param name="Timeout">How long one attempt may take.</param>
/// <param name="BudgetUsd">What all attempts together may spend; null: only the run's limit.</param>
/// <param name="Retries">Attempts after the first one.</param>
/// <param name="Files">Globs of what it is expected to write. Templates.</param>
/// <param name="Context">Files it is told about, the plan's first. Templates.</param>
/// <param name="Workspace">Where it works; null: a worktree in a git repository, a fresh directory otherwise.</param>
/// <param name="AllowWrites">True when an agent that writes may work in the <c>current</c> directory.</param>
/// <param name="PermissionMode">Claude's own word; null: the agent's.</param>
/// <param name="Approve">What a person looks at.</param>
/// <param name="Result">JSON Schema of the structured result, or null.</param>
/// <param name="Matrix">Axes of the copies to make; empty: one task, no copies.</param>
/// <param name="ContinueOnError">True when tasks that need it start even if it fails.</param>
/// <param name="Setup">Commands that prepare its fresh workspace.</param>
/// <param name="Checks">Commands that must pass before its work counts as success.</param>
/// <param name="MaxTurns">Model turns an attempt may take; null: the agent's own limit.</param>
/// <param name="Instructions">True when the project's CLAUDE.md or AGENTS.md goes into its context.</param>
/// <param name="OnNoAnswer">What happens to its question when nobody answers.</param>
public sealed record PlanTask(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("prompt")] string Prompt,
    [property: JsonPropertyName("needs")] IReadOnlyList<string> Needs,
    [property: JsonPropertyName("after")] IReadOnlyList<string> After,
    [property: JsonPropertyName("if")] string? If,
    [property: JsonPropertyName("agent")] string Agent,
    [property: JsonPropertyName("model")] string? Model,
    [property: JsonPropertyName("timeout")] TimeSpan Timeout,
    [property: JsonPropertyName("budgetUsd")] decimal? BudgetUsd,
    [property: JsonPropertyName("retries")] int Retries,
    [property: JsonPropertyName("files")] IReadOnlyList<string> Files,
    [property: JsonPropertyName("context")] IReadOnlyList<string> Context,
    [property: JsonPropertyName("workspace")] TaskWorkspace? Workspace,
    [property: JsonPropertyName("allowWrites")] bool AllowWrites,
    [property: JsonPropertyName("permissionMode")] string? PermissionMode,
    [property: JsonPropertyName("approve")] Approval Approve,
    [property: JsonPropertyName("result")] JsonElement? Result,
    [property: JsonPropertyName("matrix")] IReadOnlyList<MatrixAxis> Matrix,
    [property: JsonPropertyName("continueOnError")] bool ContinueOnError,
    [property: JsonPropertyName("setup")] IReadOnlyList<string> Setup,
    [property: JsonPropertyName("checks")] IReadOnlyList<string> Checks,
    [property: JsonPropertyName("maxTurns")] int? MaxTurns,
    [property: JsonPropertyName("instructions")] bool Instructions,
    [property: JsonPropertyName("onNoAnswer")] NoAnswer OnNoAnswer)
{
    /// <summary>How its session is kept apart and spoken with.</summary>
    [JsonPropertyName("session")]
    public SessionSettings Session { get; init; } = SessionSettings.Standard;

    /// <summary>Who settles it when the work it needs does not merge.</summary>
    [JsonPropertyName("onConflict")]
    public ConflictAnswer OnConflict { get; init; }

    /// <summary>The task it is a part of, on a board; null: of none.</summary>
    [JsonPropertyName("parent")]
    public string? Parent { get; init; }

    /// <summary>What a person noted when it was planned, such as effort or due date; shown, never interpreted.</summary>
    [JsonPropertyName("notes")]
    public IReadOnlyDictionary<string, string> Notes { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;
}

/// <summary>One axis of a matrix: its values as written, or an expression that gives a list when the task is about to start.</summary>
/// <param name="Name">As <c>${{ matrix.name }}</c> refers to it.</param>
/// <param name="Values">The values as written, or null when <paramref name="Expression"/> gives them.</param>
/// <param name="Expression">An expression without its <c>${{ }}</c>, or null.</param>
public sealed record MatrixAxis(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("values")] IReadOnlyList<string>? Values,
    [property: JsonPropertyName("expression")] string? Expression);

/// <summary>Where a task's agent works.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TaskWorkspace>))]
public enum TaskWorkspace
{
    /// <summary>A git worktree on a branch of its own.</summary>
    [JsonStringEnumMemberName("worktree")] Worktree,

    /// <summary>A fresh directory.</summary>
    [JsonStringEnumMemberName("directory")] Directory,

    /// <summary>The project's directory as it is.</summary>
    [JsonStringEnumMemberName("current")] Current,
}

/// <summary>What a person looks at before a task goes on.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Approval>))]
public enum Approval
{
    /// <summary>Nothing.</summary>
    [JsonStringEnumMemberName("never")] Never,

    /// <summary>Its changes, before they are merged.</summary>
    [JsonStringEnumMemberName("merge")] Merge,
}

/// <summary>What happens to a question that nobody answers; a permission is never granted by silence.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NoAnswer>))]
public enum NoAnswer
{
    /// <summary>It waits.</summary>
    [JsonStringEnumMemberName("wait")] Wait,
}
