using Cloister.Runs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister;

/// <summary>What an engine needs to know; everything else it finds out.</summary>
public sealed record EngineOptions
{
    /// <summary>The state folder, absolute; see <see cref="StateFolder"/>.</summary>
    public required string StateFolder { get; init; }

    /// <summary>
    /// The variables agents and commands are given a choice of, and the engine's own places are found with; the process's own environment
    /// in every case but tests.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The <c>cloister</c> program, absolute: every agent runs behind <c>cloister __shim</c>.</summary>
    public required string Program { get; init; }

    /// <summary>The <c>claude</c> program, when it is not to be looked for.</summary>
    public string? Claude { get; init; }

    // Asked at every start of an agent: a setting that is mended holds at once.
    internal Func<ChosenClaude?>? ClaudeNow { get; init; }

    /// <summary>Agents that work at once; null: min(8, cores × 2), where two cores are kept busy by four that mostly wait for a model.</summary>
    public int? Parallel { get; init; }

    /// <summary>How scenarios are started for runs that rehearse; null: such runs are refused.</summary>
    public StartRehearsal? Rehearsal { get; init; }

    /// <summary>Where the engine writes what it notices.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
