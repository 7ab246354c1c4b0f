namespace Cloister.Agents;

/// <summary>Who does a task: Claude Code's own agent file, or one of the built-in ones.</summary>
/// <param name="Name">As tasks refer to it.</param>
/// <param name="Description">When to use it, one sentence.</param>
/// <param name="Prompt">Its role, appended to the system prompt.</param>
/// <param name="Tools">Built-in tools it may use; null: the backend's coding set.</param>
/// <param name="DisallowedTools">Tools and rules taken away again.</param>
/// <param name="Model">Model alias or full id; null: the run's or the CLI's default.</param>
/// <param name="PermissionMode">Claude's own word: default, acceptEdits, plan, auto, dontAsk, bypassPermissions; null: acceptEdits.</param>
/// <param name="MaxTurns">Model turns an attempt may take; null: no limit.</param>
/// <param name="Source">Where it comes from: <c>built-in</c> or the file's path.</param>
public sealed record AgentDefinition(
    string Name,
    string Description,
    string Prompt,
    IReadOnlyList<string>? Tools,
    IReadOnlyList<string> DisallowedTools,
    string? Model,
    string? PermissionMode,
    int? MaxTurns,
    string Source);
