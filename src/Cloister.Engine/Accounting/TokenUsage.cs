using System.Text.Json.Serialization;

namespace Cloister.Accounting;

/// <summary>Tokens as the Messages API counts them. Source: the <c>usage</c> object of each model turn, once per message id.</summary>
/// <param name="Input">Tokens read at full price.</param>
/// <param name="CacheRead">Tokens read from the prompt cache.</param>
/// <param name="CacheWrite">Tokens written to the prompt cache.</param>
/// <param name="Output">Tokens written by the model.</param>
public readonly record struct TokenUsage(long Input, long CacheRead, long CacheWrite, long Output)
{
    /// <summary>What the model had in its window for this turn.</summary>
    [JsonIgnore]
    public long Context => Input + CacheRead + CacheWrite;

    /// <summary>Sums field by field.</summary>
    public static TokenUsage operator +(TokenUsage a, TokenUsage b) =>
        new(a.Input + b.Input, a.CacheRead + b.CacheRead, a.CacheWrite + b.CacheWrite, a.Output + b.Output);

    /// <summary>Subtracts field by field.</summary>
    public static TokenUsage operator -(TokenUsage a, TokenUsage b) =>
        new(a.Input - b.Input, a.CacheRead - b.CacheRead, a.CacheWrite - b.CacheWrite, a.Output - b.Output);
}
