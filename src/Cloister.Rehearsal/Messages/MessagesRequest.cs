namespace Cloister.Rehearsal.Messages;

/// <summary>One request to the Messages API, reduced to what rules, usage and the log need.</summary>
internal sealed record MessagesRequest
{
    /// <summary>What stands before <c>/v1/messages</c>: keeps several runs on one server apart.</summary>
    public required string Prefix { get; init; }

    /// <summary>The Claude session, or empty.</summary>
    public required string Session { get; init; }

    /// <summary>The subagent inside the session, or null for the main conversation.</summary>
    public required string? Agent { get; init; }

    /// <summary>Which credentials came with it; never the credentials.</summary>
    public required IReadOnlyList<string> Credentials { get; init; }

    public required string Model { get; init; }

    public required bool Streams { get; init; }

    /// <summary>The system prompt, and what later system messages added.</summary>
    public required string SystemText { get; init; }

    public required IReadOnlyList<string> ToolNames { get; init; }

    public required int MessageCount { get; init; }

    public required Conversation Conversation { get; init; }

    /// <summary>The CLI asks for a summary of the conversation, to go on with less of it.</summary>
    public required bool IsCompaction { get; init; }

    public required RequestBytes Bytes { get; init; }

    public required PromptPrefixes Prefixes { get; init; }

    /// <summary>Keeps conversations apart wherever something is remembered about them.</summary>
    public string ConversationKey => $"{Prefix}\n{Session}\n{Agent}";
}

/// <summary>The beginnings of a request that a prompt cache could know.</summary>
/// <param name="Known">A fingerprint and the bytes so far after tools and system prompt, then after each message.</param>
/// <param name="LastBlockBytes">Bytes of the last block of the user, which is always new to the model.</param>
internal sealed record PromptPrefixes(IReadOnlyList<PromptPrefix> Known, long LastBlockBytes);

/// <summary>One beginning of a request.</summary>
/// <param name="Fingerprint">Same text, same fingerprint, wherever cache marks stand.</param>
/// <param name="Bytes">Bytes from the start.</param>
internal readonly record struct PromptPrefix(UInt128 Fingerprint, long Bytes);
