using Cloister.Rehearsal.Messages;
using Cloister.Rehearsal.Scenarios;

namespace Cloister.Rehearsal.Answering;

/// <summary>
/// Token figures as a real model would report them: from the size of the request, with a prompt cache per conversation.
/// </summary>
/// <remarks>A cache shared by conversations would make the figures depend on which of them happened to ask first.</remarks>
internal sealed class UsageMeter
{
    /// <summary>English text and code have about four bytes to a token.</summary>
    public const int BytesPerToken = 4;

    /// <summary>More conversations than run at once; an older one starts with a cold cache.</summary>
    private const int ConversationsKept = 1024;

    /// <summary>Beginnings remembered of one conversation; a longer one is cached up to here.</summary>
    private const int PrefixesKept = 4096;

    private readonly Lock _lock = new();
    private readonly RecentMap<string, Seen> _seen = new(ConversationsKept);

    /// <summary>The input side of a request's usage, and how often exactly this request was made before.</summary>
    public (RequestUsage Usage, int Repeats) Measure(MessagesRequest request)
    {
        var prefixes = request.Prefixes.Known;
        lock (_lock)
        {
            var seen = _seen.Find(request.ConversationKey);
            var repeats = seen is not null && seen.Last == prefixes[^1].Fingerprint ? seen.Repeats + 1 : 0;
            _seen.Put(request.ConversationKey, new Seen([.. prefixes.Take(PrefixesKept)], prefixes[^1].Fingerprint, repeats));
            return (Divide(request.Prefixes, seen?.Prefixes ?? []), repeats);
        }
    }

    /// <summary>Tokens of a whole request.</summary>
    public static long Count(MessagesRequest request) => Tokens(request.Prefixes.Known[^1].Bytes);

    /// <summary>Tokens of an answer.</summary>
    public static long Count(IEnumerable<RenderedBlock> blocks) => Math.Max(1, Tokens(blocks.Sum(b => (long)b.ByteCount)));

    /// <summary>The computed figures with those of the scenario in their place.</summary>
    public static RequestUsage Apply(UsageOverride wanted, RequestUsage computed) => new(
        wanted.Input ?? computed.Input,
        wanted.CacheRead ?? computed.CacheRead,
        wanted.CacheWrite ?? computed.CacheWrite,
        wanted.Output ?? computed.Output);

    /// <summary>Known beginning: read; last block: input; what is between: written. The three add up to the request.</summary>
    internal static RequestUsage Divide(PromptPrefixes request, IReadOnlyList<PromptPrefix> known)
    {
        var total = Math.Max(1, Tokens(request.Known[^1].Bytes));
        var common = 0L;
        for (var i = 0; i < request.Known.Count - 1 && i < known.Count && request.Known[i] == known[i]; i++)
            common = request.Known[i].Bytes;
        var read = Math.Min(common / BytesPerToken, total - 1);
        var input = Math.Clamp(Tokens(request.LastBlockBytes), 1, total - read);
        return new RequestUsage(input, read, total - read - input, 0);
    }

    private static long Tokens(long bytes) => (bytes + BytesPerToken - 1) / BytesPerToken;

    private sealed record Seen(IReadOnlyList<PromptPrefix> Prefixes, UInt128 Last, int Repeats);
}
