using System.Text.Json.Serialization;

namespace Cloister.Plans;

/// <summary>What tasks start from when they say nothing themselves.</summary>
/// <param name="Agent">Who does it.</param>
/// <param name="Model">Model alias or full id; null: the agent's own or the CLI's default.</param>
/// <param name="Timeout">How long one attempt may take.</param>
/// <param name="BudgetUsd">What all attempts of a task together may spend; null: only the run's limit.</param>
/// <param name="Retries">Attempts after the first one.</param>
/// <param name="Workspace">Where it works; null: a worktree in a git repository, a fresh directory otherwise.</param>
/// <param name="PermissionMode">Claude's own word; null: the agent's.</param>
/// <param name="Approve">What a person looks at.</param>
/// <param name="MaxTurns">Model turns an attempt may take; null: the agent's own limit.</param>
/// <param name="Instructions">True when the project's CLAUDE.md or AGENTS.md goes into the context.</param>
/// <param name="ContinueOnError">True when tasks that need it start even if it fails.</param>
/// <param name="OnNoAnswer">What happens to a question when nobody answers.</param>
public sealed record TaskDefaults(
    [property: JsonPropertyName("agent")] string Agent,
    [property: JsonPropertyName("model")] string? Model,
    [property: JsonPropertyName("timeout")] TimeSpan Timeout,
    [property: JsonPropertyName("budgetUsd")] decimal? BudgetUsd,
    [property: JsonPropertyName("retries")] int Retries,
    [property: JsonPropertyName("workspace")] TaskWorkspace? Workspace,
    [property: JsonPropertyName("permissionMode")] string? PermissionMode,
    [property: JsonPropertyName("approve")] Approval Approve,
    [property: JsonPropertyName("maxTurns")] int? MaxTurns,
    [property: JsonPropertyName("instructions")] bool Instructions,
    [property: JsonPropertyName("continueOnError")] bool ContinueOnError,
    [property: JsonPropertyName("onNoAnswer")] NoAnswer OnNoAnswer)
{
    /// <summary>How sessions are kept apart and spoken with.</summary>
    [JsonPropertyName("session")]
    public SessionSettings Session { get; init; } = SessionSettings.Standard;

    /// <summary>The agent that may read, edit, write and run commands in its workspace.</summary>
    public const string DefaultAgent = "coder";

    /// <summary>One more try settles most chance failures; a second would mostly repeat the cost of a real one.</summary>
    public const int DefaultRetries = 1;

    /// <summary>Long enough for a few builds and test runs; work that needs more is better split into tasks.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(30);

    /// <summary>What holds where neither the plan nor the task says anything.</summary>
    public static TaskDefaults Standard { get; } = new(
        Agent: DefaultAgent,
        Model: null,
        Timeout: DefaultTimeout,
        BudgetUsd: null,
        Retries: DefaultRetries,
        Workspace: null,
        PermissionMode: null,
        Approve: Approval.Merge,
        MaxTurns: null,
        Instructions: true,
        ContinueOnError: false,
        OnNoAnswer: NoAnswer.Wait);
}
