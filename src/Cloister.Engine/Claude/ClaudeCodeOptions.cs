using Cloister.Processes;

namespace Cloister.Claude;

/// <summary>What the Claude backend needs to know about its engine.</summary>
internal sealed record ClaudeCodeOptions
{
    /// <summary>How a shim is started.</summary>
    public required ShimCommand Shim { get; init; }

    /// <summary>The engine's state folder, by its identity.</summary>
    public required string InstanceId { get; init; }

    /// <summary>
    /// Time without progress, with no tool running and nobody asked, after which an agent counts as stalled, however much it writes. The CLI
    /// itself waits five minutes for a stream that does not begin.
    /// </summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long events are collected before the engine is told.</summary>
    public TimeSpan FlushEvery { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What an idle agent gets to leave after its input is closed, before the tree is stopped.</summary>
    public TimeSpan LeaveWithin { get; init; } = TimeSpan.FromSeconds(30);
}
