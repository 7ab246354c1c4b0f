using System.Text.Json.Serialization;

namespace Cloister.Plans;

/// <summary>
/// What should happen: tasks, their order and their limits. Loaded, complete and valid; the accepted plan is kept in the journal for ever,
/// so names in JSON never change.
/// </summary>
/// <param name="Version">Version of the plan format, 1.</param>
/// <param name="Name">Short name, fit for a branch.</param>
/// <param name="Goal">What the whole run is for, or null.</param>
/// <param name="Base">Commit, branch or tag to start from; null: the project's HEAD.</param>
/// <param name="Inputs">Values asked for when a run starts, in the plan's order.</param>
/// <param name="Context">Files every task is told about; already part of each task's own context.</param>
/// <param name="Setup">Commands that prepare a fresh workspace; already part of each task's own setup.</param>
/// <param name="Checks">Commands that must pass; already part of each task's own checks. Also run after a merge.</param>
/// <param name="Concurrency">Tasks at the same time; null: what the machine allows.</param>
/// <param name="BudgetUsd">What the whole run may spend; null: no limit.</param>
/// <param name="Defaults">What tasks start from; already applied to <paramref name="Tasks"/>, kept for tasks that are added later.</param>
/// <param name="Tasks">The tasks, in the plan's order.</param>
/// <param name="Merge">How finished work comes together.</param>
public sealed record Plan(
    [property: JsonPropertyName("version")] int Version,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("goal")] string? Goal,
    [property: JsonPropertyName("base")] string? Base,
    [property: JsonPropertyName("inputs")] IReadOnlyList<PlanInput> Inputs,
    [property: JsonPropertyName("context")] IReadOnlyList<string> Context,
    [property: JsonPropertyName("setup")] IReadOnlyList<string> Setup,
    [property: JsonPropertyName("checks")] IReadOnlyList<string> Checks,
    [property: JsonPropertyName("concurrency")] int? Concurrency,
    [property: JsonPropertyName("budgetUsd")] decimal? BudgetUsd,
    [property: JsonPropertyName("defaults")] TaskDefaults Defaults,
    [property: JsonPropertyName("tasks")] IReadOnlyList<PlanTask> Tasks,
    [property: JsonPropertyName("merge")] PlanMerge Merge);

/// <summary>How finished work comes together.</summary>
/// <param name="Into">The integration branch; null: one of the run's own.</param>
/// <param name="Mode">Who starts the merge.</param>
/// <param name="Strategy">One commit a task, or all of them.</param>
/// <param name="OnConflict">Who settles a conflict; already part of each task.</param>
public sealed record PlanMerge(
    [property: JsonPropertyName("into")] string? Into = null,
    [property: JsonPropertyName("mode")] MergeMode Mode = MergeMode.Manual,
    [property: JsonPropertyName("strategy")] MergeStrategy Strategy = MergeStrategy.Squash,
    [property: JsonPropertyName("onConflict")] ConflictAnswer OnConflict = ConflictAnswer.Ask);

/// <summary>Who starts the merge of finished work.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MergeMode>))]
public enum MergeMode
{
    /// <summary>A person, with <c>cloister merge</c>.</summary>
    [JsonStringEnumMemberName("manual")] Manual,

    /// <summary>The engine, as soon as a task passed its checks.</summary>
    [JsonStringEnumMemberName("auto")] Auto,
}

/// <summary>What a merged task looks like in the history.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MergeStrategy>))]
public enum MergeStrategy
{
    /// <summary>One commit for each task.</summary>
    [JsonStringEnumMemberName("squash")] Squash,

    /// <summary>The task's own commits under a merge commit.</summary>
    [JsonStringEnumMemberName("merge")] Merge,
}

/// <summary>Who settles a merge conflict.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConflictAnswer>))]
public enum ConflictAnswer
{
    /// <summary>A person.</summary>
    [JsonStringEnumMemberName("ask")] Ask,

    /// <summary>An agent, for which the conflict is laid into its workspace.</summary>
    [JsonStringEnumMemberName("agent")] Agent,
}

/// <summary>A value asked for when a run starts.</summary>
/// <param name="Name">As <c>${{ inputs.name }}</c> refers to it.</param>
/// <param name="Type">What it may be.</param>
/// <param name="Description">What it is for, or null.</param>
/// <param name="Default">Used when nothing is given, or null.</param>
/// <param name="Required">True when a run cannot start without it.</param>
/// <param name="Options">The words a choice offers; empty otherwise.</param>
public sealed record PlanInput(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("type")] InputType Type,
    [property: JsonPropertyName("description")] string? Description,
    [property: JsonPropertyName("default")] System.Text.Json.JsonElement? Default,
    [property: JsonPropertyName("required")] bool Required,
    [property: JsonPropertyName("options")] IReadOnlyList<string> Options);

/// <summary>What an input may be.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InputType>))]
public enum InputType
{
    /// <summary>Any text.</summary>
    [JsonStringEnumMemberName("string")] String,

    /// <summary>A decimal number.</summary>
    [JsonStringEnumMemberName("number")] Number,

    /// <summary>true or false.</summary>
    [JsonStringEnumMemberName("boolean")] Boolean,

    /// <summary>One of the listed words.</summary>
    [JsonStringEnumMemberName("choice")] Choice,
}
