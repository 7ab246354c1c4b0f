using System.Text.Json;
using Cloister.Agents;
using Cloister.Runs;

namespace Cloister.Sessions;

/// <summary>Everything a backend needs to run one attempt. Immutable; built by the task runner from the journal.</summary>
/// <param name="Attempt">Which attempt of which task.</param>
/// <param name="SessionId">The Claude conversation, a UUID of ours.</param>
/// <param name="Resume">True when the conversation exists already and goes on.</param>
/// <param name="Agent">Who does it: tools, model, permission mode, turn limit and role prompt.</param>
/// <param name="Model">Model alias or full id; passed on every start and resume. Null: the CLI's default.</param>
/// <param name="Prompt">The message that starts (or continues) the work, byte for byte. Untrusted text: only ever a JSON string on stdin.</param>
/// <param name="Context">Text that goes before the prompt: shared context, summaries of needed tasks, project instructions. May be empty.</param>
/// <param name="ResultSchema">JSON Schema of the structured result, or null.</param>
/// <param name="Workspace">The directory the agent works in, absolute.</param>
/// <param name="AttemptDirectory">The attempt's own folder (spec, output, exit record), absolute.</param>
/// <param name="Deadline">When the process tree is killed, whatever it does.</param>
/// <param name="BudgetUsd">What this attempt may still spend, or null for no limit.</param>
/// <param name="AllowRules">Permission rules granted to the run, in Claude's syntax.</param>
/// <param name="Environment">Model access and other variables from the user's own environment or configuration; never stored.</param>
/// <param name="FromOffset">Bytes of output already accounted for in the journal; events before it are not reported again.</param>
internal sealed record AgentTask(
    AttemptRef Attempt,
    Guid SessionId,
    bool Resume,
    AgentDefinition Agent,
    string? Model,
    string Prompt,
    string Context,
    JsonElement? ResultSchema,
    string Workspace,
    string AttemptDirectory,
    DateTimeOffset Deadline,
    decimal? BudgetUsd,
    IReadOnlyList<string> AllowRules,
    IReadOnlyDictionary<string, string> Environment,
    long FromOffset)
{
    /// <summary>A configuration folder of its own, absolute; null: the user's.</summary>
    public string? ConfigDirectory { get; init; }

    /// <summary>Folders beside the workspace that it may read and write, absolute.</summary>
    public IReadOnlyList<string> ExtraDirectories { get; init; } = [];

    /// <summary>False when it is spoken with by files alone.</summary>
    public bool HasWorkerTools { get; init; } = true;

    /// <summary>True when the work is given to a subagent inside the process.</summary>
    public bool AsSubagent { get; init; }

    /// <summary>Reads kept results for the agent; null: there is nothing to read.</summary>
    public ReadArtifact? ReadArtifact { get; init; }
}

/// <summary>The text of a kept result, or why it cannot be had.</summary>
/// <param name="task">Whose, such as <c>r7/api</c>; null: the agent's own. Untrusted text.</param>
/// <param name="name">Its name, <c>name@2</c> for an earlier version; null: a list of what there is. Untrusted text.</param>
/// <param name="cancellationToken">Cancels the reading.</param>
internal delegate Task<(string Text, bool IsError)> ReadArtifact(string? task, string? name, CancellationToken cancellationToken);
