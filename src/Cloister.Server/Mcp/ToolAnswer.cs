using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp;

/// <summary>What a tool answers: data, and the same as short lines for clients that show text.</summary>
/// <param name="Structured">The data, a JSON object.</param>
/// <param name="Text">The same for reading.</param>
/// <param name="Links">Resources that hold the whole of it.</param>
internal sealed record ToolAnswer(JsonElement Structured, string Text, IReadOnlyList<ResourceLinkBlock> Links)
{
    /// <summary>An answer without links.</summary>
    public static ToolAnswer Of<T>(T data, JsonTypeInfo<T> type, string text) => new(JsonSerializer.SerializeToElement(data, type), text, []);

    /// <summary>As the protocol wants it.</summary>
    public CallToolResult ToResult() => new()
    {
        StructuredContent = Structured,
        Content = [new TextContentBlock { Text = Text }, .. Links],
    };

    /// <summary>A failure in words that say what to do.</summary>
    public static CallToolResult Refusal(string text) => new() { IsError = true, Content = [new TextContentBlock { Text = text }] };
}
