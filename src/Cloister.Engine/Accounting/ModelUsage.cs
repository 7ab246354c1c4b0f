namespace Cloister.Accounting;

/// <summary>What one model used, as the CLI reports it.</summary>
/// <param name="Model">Its id, with the CLI's <c>[1m]</c> mark where there is one.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="CostUsd">The CLI's own price for them.</param>
/// <param name="ContextWindow">Size of its window, or 0 when not told.</param>
internal sealed record ModelUsage(string Model, TokenUsage Tokens, decimal CostUsd, long ContextWindow);
