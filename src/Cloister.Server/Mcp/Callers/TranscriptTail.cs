using System.Text;
using System.Text.Json;
using Cloister.Accounting;
using Cloister.Claude.Protocol;
using Cloister.Delegation;

namespace Cloister.Server.Mcp.Callers;

/// <summary>
/// What the end of a conversation of Claude Code says of one of its tool calls. Its lines hold everything that was said: figures come out of
/// here, and the model's name as the price list has it, and nothing else.
/// </summary>
internal static class TranscriptTail
{
    /// <summary>How full the window was of whoever made a call, or null when no whole line tells it.</summary>
    /// <param name="tail">The last bytes of a transcript; its first and last line may be cut.</param>
    /// <param name="callId">The id of the tool use.</param>
    public static CallerContext? Find(ReadOnlyMemory<byte> tail, string callId)
    {
        var wanted = Encoding.UTF8.GetBytes(callId);
        // From the end: the call is one of the last things that happened.
        for (var rest = tail; !rest.IsEmpty;)
        {
            var lineEnd = rest.Span.LastIndexOf((byte)'\n');
            var line = rest[(lineEnd + 1)..];
            if (line.Span.IndexOf(wanted) >= 0 && Read(line, callId) is { } found)
                return found;
            rest = lineEnd < 0 ? default : rest[..lineEnd];
        }
        return null;
    }

    private static CallerContext? Read(ReadOnlyMemory<byte> line, string callId)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var (root, message) = (document.RootElement, document.RootElement.Field("message"));
            // Results and words of a conversation name the id too; only the message that made the call has its figures.
            if (root.Text("type") != "assistant" || !message.Items("content").Any(block => block.Text("type") == "tool_use" && block.Text("id") == callId))
                return null;
            var usage = message.Field("usage");
            var tokens = usage.Count("input_tokens") + usage.Count("cache_read_input_tokens") + usage.Count("cache_creation_input_tokens");
            // What was asked for has the mark of a long window where there is one; earlier versions note only what answered.
            return Of(tokens, [root.Text("requestedModel"), message.Text("model")]);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static CallerContext? Of(long tokens, IEnumerable<string?> models)
    {
        if (tokens is <= 0 or > PriceList.Window1M)
            return null;
        var model = models.OfType<string>().FirstOrDefault(name => PriceList.Find(name).Known) ?? "";
        var window = PriceList.Find(model).ContextWindow;
        return new CallerContext(tokens, tokens > window ? PriceList.Window1M : window, PriceList.NameOf(model));
    }
}
