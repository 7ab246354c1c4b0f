namespace Cloister.Accounting;

/// <summary>A request whose size we know and whose tokens were counted for us: the first model turn of an attempt.</summary>
/// <param name="Model">The model that counted.</param>
/// <param name="BytesSent">UTF-8 bytes of everything that we put into it: prompt, context and role.</param>
/// <param name="InputTokens">What the model had in its window: input and cache together.</param>
internal sealed record UsageObservation(string Model, long BytesSent, long InputTokens)
{
    // Larger than any window and any text that is sent: a figure beyond is a mistake of whoever reported it.
    private const long MostBytes = 64 * 1024 * 1024;
    private const long MostTokens = 20_000_000;

    /// <summary>False when nothing can be learned from it.</summary>
    public bool IsSound => BytesSent is >= 0 and <= MostBytes && InputTokens is > 0 and <= MostTokens;
}
