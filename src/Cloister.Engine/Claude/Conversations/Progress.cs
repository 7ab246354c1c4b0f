using Cloister.Claude.Protocol;

namespace Cloister.Claude.Conversations;

/// <summary>
/// Tells work that moves on from mere signs of life. An agent whose service keeps a connection warm, or whose CLI tries again and again,
/// writes line after line and gets nowhere.
/// </summary>
internal static class Progress
{
    public static bool IsMadeBy(StreamEvent line) => line switch
    {
        // The CLI's own words about a failure.
        AssistantMessage { Model: AssistantMessage.Synthetic } => false,
        AssistantMessage or UserMessage or MessageEnding or TurnResult or CompactBoundary or SessionInit => true,
        // A message that only begins may be broken off and begun again for ever.
        MessagePiece piece => piece.Type.StartsWith("content_block", StringComparison.Ordinal),
        CanUseTool or McpMessage => true,
        UnknownEvent { Subtype: "thinking_tokens" } => true,
        _ => false,
    };
}
