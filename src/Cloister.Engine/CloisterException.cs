namespace Cloister;

/// <summary>
/// A failure the user can act on: what went wrong and where, under a stable machine-readable code, with the next step.
/// </summary>
/// <param name="code">Stable dotted code such as <c>plan.needs</c> or <c>claude.missing</c>; programs match on it.</param>
/// <param name="message">What is wrong and where, one sentence without a full stop.</param>
/// <param name="hint">What to do next, or null when there is nothing sensible to say.</param>
/// <param name="inner">The cause, kept for the log.</param>
public sealed class CloisterException(string code, string message, string? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Stable dotted code, for programs.</summary>
    public string Code { get; } = code;

    /// <summary>The next step, for people.</summary>
    public string? Hint { get; } = hint;
}
