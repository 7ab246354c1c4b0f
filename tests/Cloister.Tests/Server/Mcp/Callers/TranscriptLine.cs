using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloister.Tests.Server.Mcp.Callers;

/// <summary>Lines of a transcript, with what Claude Code writes around that which is read.</summary>
internal static class TranscriptLine
{
    /// <summary>A message that calls a tool.</summary>
    public static string Assistant(
        string call, long input, long cacheRead, long cacheWrite, string model = "claude-sonnet-4-5", string? requested = null, bool sidechain = false)
    {
        var line = new JsonObject
        {
            ["parentUuid"] = "73c2ca0f-01f3-4a37-8e18-d44a17e6a117",
            ["isSidechain"] = sidechain,
            ["message"] = new JsonObject
            {
                ["id"] = "msg_9b3a383cbd2ceae72a085ee1",
                ["type"] = "message",
                ["role"] = "assistant",
                ["model"] = model,
                ["content"] = new JsonArray(new JsonObject { ["type"] = "tool_use", ["id"] = call, ["name"] = "mcp__cloister__spawn_agent", ["input"] = new JsonObject() }),
                ["usage"] = new JsonObject
                {
                    ["input_tokens"] = input,
                    ["cache_creation_input_tokens"] = cacheWrite,
                    ["cache_read_input_tokens"] = cacheRead,
                    ["output_tokens"] = 50,
                    ["iterations"] = new JsonArray(),
                },
            },
            ["requestId"] = "req_00000001",
            ["type"] = "assistant",
            ["cwd"] = "/home/person/project",
        };
        if (requested is not null)
            line["requestedModel"] = requested;
        return line.ToJsonString(JsonSerializerOptions.Default);
    }

    /// <summary>What came of a call.</summary>
    public static string Result(string call) =>
        $$$"""{"isSidechain":false,"type":"user","message":{"role":"user","content":[{"tool_use_id":"{{{call}}}","type":"tool_result","content":"pong"}]},"sessionId":"3c24d21c"}""";

    /// <summary>A message of the model that only says something.</summary>
    public static string Said(string text) => new JsonObject
    {
        ["type"] = "assistant",
        ["message"] = new JsonObject
        {
            ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
            ["usage"] = new JsonObject { ["input_tokens"] = 104_000 },
        },
    }.ToJsonString(JsonSerializerOptions.Default);
}
