using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Cloister.Rehearsal.Messages;

/// <summary>Reads a request of Claude Code's: body and the headers that say whose it is.</summary>
internal static class RequestReader
{
    // The fixed phrase of Claude Code's own summary prompt.
    private const string SummaryPrompt = "Your task is to create a detailed summary";

    private const string Bearer = "Bearer ";

    // Two keys of one person do not share twelve digits, and nobody guesses a key from them.
    private const int MarkLength = 12;

    public static MessagesRequest Read(JsonElement body, IHeaderDictionary headers, string prefix)
    {
        var messages = body.Property("messages");
        var conversation = ConversationReader.Read(messages);
        return new MessagesRequest
        {
            Prefix = prefix,
            Session = headers["X-Claude-Code-Session-Id"].ToString(),
            Agent = headers["x-claude-code-agent-id"].ToString() is { Length: > 0 } agent ? agent : null,
            Credentials = [.. Credentials(headers)],
            Model = body.Text("model") ?? "unknown",
            Streams = body.Property("stream").ValueKind == JsonValueKind.True,
            SystemText = SystemText(body),
            ToolNames = [.. body.Property("tools").Items().Select(t => t.Text("name")).OfType<string>()],
            MessageCount = messages.Items().Count(),
            Conversation = conversation,
            IsCompaction = conversation.LastText(conversation.Turn).Contains(SummaryPrompt, StringComparison.Ordinal),
            Bytes = new RequestBytes(
                body.Property("system").ByteCount(),
                body.Property("tools").ByteCount(),
                messages.ByteCount(),
                body.ByteCount()),
            Prefixes = Fingerprints.Of(body),
        };
    }

    private static IEnumerable<string> Credentials(IHeaderDictionary headers)
    {
        if (headers["x-api-key"].ToString() is { Length: > 0 } key)
            yield return $"x-api-key {Mark(key)}";
        if (headers.Authorization.ToString() is { } given && given.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            yield return $"bearer {Mark(given[Bearer.Length..])}";
    }

    private static string Mark(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))[..MarkLength];

    private static string SystemText(JsonElement body)
    {
        var system = body.Property("system");
        var prompt = system.ValueKind == JsonValueKind.String
            ? [system.Decode()]
            : system.Items().Select(b => b.Text("text"));
        var later = body.Property("messages").Items()
            .Where(m => m.Text("role") is "system")
            .SelectMany(m => m.Content().Select(b => b.Text("text")));
        return string.Join('\n', prompt.Concat(later).OfType<string>());
    }
}
