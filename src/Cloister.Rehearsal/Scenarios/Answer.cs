namespace Cloister.Rehearsal.Scenarios;

/// <summary>What the scripted model does with one request.</summary>
/// <param name="Blocks">The content of the message, in order.</param>
/// <param name="Usage">Token figures that replace the computed ones.</param>
/// <param name="Pace">How long it takes.</param>
/// <param name="Error">An HTTP error instead of a message, or null.</param>
/// <param name="Fault">How the stream breaks, or null.</param>
/// <param name="Failures">How often <paramref name="Error"/> or <paramref name="Fault"/> strikes in a conversation before the message comes through; null: always.</param>
/// <param name="StopReason">The stop reason, or null for the natural one.</param>
internal sealed record Answer(
    IReadOnlyList<Block> Blocks,
    UsageOverride Usage,
    Pace Pace,
    ApiError? Error,
    StreamFault? Fault,
    int? Failures,
    string? StopReason)
{
    public bool CallsTools => Blocks.Any(b => b is Block.Tool or Block.RawTool);
}

internal abstract record Block
{
    public sealed record Text(Template Value) : Block;

    public sealed record Thinking(Template Value) : Block;

    public sealed record Tool(string Name, InputTemplate Input) : Block;

    /// <summary>A tool call whose input is sent as it stands, also when it is not JSON.</summary>
    public sealed record RawTool(string Name, Template Input) : Block;
}

/// <summary>Token figures a scenario sets by hand; null leaves the computed one.</summary>
internal sealed record UsageOverride(long? Input, long? CacheRead, long? CacheWrite, long? Output)
{
    public static readonly UsageOverride None = new(null, null, null, null);
}

/// <summary>How long an answer takes.</summary>
/// <param name="First">Wait before the first byte.</param>
/// <param name="Between">Wait between two pieces of the stream.</param>
internal readonly record struct Pace(TimeSpan First, TimeSpan Between);

internal sealed record ApiError(int Status, string Type, Template Message, IReadOnlyList<KeyValuePair<string, string>> Headers);
