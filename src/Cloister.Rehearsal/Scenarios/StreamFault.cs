namespace Cloister.Rehearsal.Scenarios;

/// <summary>The ways a stream goes wrong in the field.</summary>
internal enum StreamFault
{
    /// <summary>Headers, then the connection closes.</summary>
    CutBeforeFirst,

    /// <summary>The connection closes in the middle of the first block.</summary>
    CutMidBlock,

    /// <summary>All content, but the connection closes before the end of the message is said.</summary>
    NoMessageStop,

    /// <summary>Not even headers.</summary>
    HangHeaders,

    /// <summary>Headers, then silence.</summary>
    HangFirst,

    /// <summary>Silence in the middle of the first block.</summary>
    HangMid,

    /// <summary>Signs of life and nothing else.</summary>
    PingForever,

    /// <summary>An error event in the middle of the first block.</summary>
    ErrorEvent,
}

/// <summary>The faults in a scenario's words.</summary>
internal static class StreamFaults
{
    private static readonly Dictionary<string, StreamFault> ByWord = Enum.GetValues<StreamFault>().ToDictionary(WordFor, StringComparer.Ordinal);

    public static IReadOnlyCollection<string> Words => ByWord.Keys;

    public static bool TryParse(string word, out StreamFault fault) => ByWord.TryGetValue(word, out fault);

    public static string WordFor(StreamFault fault) => fault switch
    {
        StreamFault.CutBeforeFirst => "cut-before-first",
        StreamFault.CutMidBlock => "cut-mid-block",
        StreamFault.NoMessageStop => "no-message-stop",
        StreamFault.HangHeaders => "hang-headers",
        StreamFault.HangFirst => "hang-first",
        StreamFault.HangMid => "hang-mid",
        StreamFault.PingForever => "ping-forever",
        StreamFault.ErrorEvent => "error-event",
    };
}
