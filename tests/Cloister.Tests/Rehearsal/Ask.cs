using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloister.Rehearsal.Messages;
using Microsoft.AspNetCore.Http;

namespace Cloister.Tests.Rehearsal;

/// <summary>Builds requests the way Claude Code sends them.</summary>
internal sealed class Ask
{
    private readonly JsonArray _messages = [];
    private string _system = "You are a coder.";

    public string Session { get; init; } = "5e55";

    public string? Agent { get; init; }

    public string Model { get; init; } = "claude-opus-4-8";

    public bool? Streams { get; init; } = true;

    public Ask System(string text)
    {
        _system = text;
        return this;
    }

    public Ask User(string text)
    {
        _messages.Add(new JsonObject { ["role"] = "user", ["content"] = new JsonArray(Text(text)) });
        return this;
    }

    public Ask Reminder(string text)
    {
        _messages[^1]!["content"]!.AsArray().Insert(0, Text($"<system-reminder>{text}</system-reminder>"));
        return this;
    }

    public Ask MidTurn(string text)
    {
        _messages.Add(new JsonObject { ["role"] = "system", ["content"] = text });
        return this;
    }

    public Ask Said(string text)
    {
        _messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray(Text(text)) });
        return this;
    }

    /// <summary>The model called a tool, and this came back.</summary>
    public Ask Called(string result, bool isError = false, string tool = "Bash")
    {
        var id = $"toolu_{_messages.Count}";
        _messages.Add(new JsonObject
        {
            ["role"] = "assistant",
            ["content"] = new JsonArray(new JsonObject { ["type"] = "tool_use", ["id"] = id, ["name"] = tool, ["input"] = new JsonObject() }),
        });
        _messages.Add(new JsonObject
        {
            ["role"] = "user",
            ["content"] = new JsonArray(new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = id, ["content"] = result, ["is_error"] = isError }),
        });
        return this;
    }

    /// <summary>Moves the cache mark where the CLI moves it: to the newest block.</summary>
    public Ask MarkCache()
    {
        foreach (var block in _messages.SelectMany(m => m!["content"]!.AsArray()))
            block!.AsObject().Remove("cache_control");
        _messages[^1]!["content"]!.AsArray()[^1]!["cache_control"] = new JsonObject { ["type"] = "ephemeral" };
        return this;
    }

    public string Json()
    {
        var body = new JsonObject
        {
            ["model"] = Model,
            ["max_tokens"] = 32000,
            ["system"] = new JsonArray(Text($"x-anthropic-billing-header: {_messages.Count}"), Text(_system)),
            ["tools"] = new JsonArray(new JsonObject { ["name"] = "Bash", ["input_schema"] = new JsonObject { ["type"] = "object" } }),
            ["messages"] = _messages.DeepClone(),
        };
        if (Streams is { } streams)
            body["stream"] = streams;
        return body.ToJsonString();
    }

    public MessagesRequest Request()
    {
        using var body = JsonDocument.Parse(Json());
        return RequestReader.Read(body.RootElement, Headers(), prefix: "");
    }

    public HttpRequestMessage Post(string path = "v1/messages?beta=true")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(Json(), Encoding.UTF8, "application/json") };
        foreach (var (name, value) in Headers())
            request.Headers.TryAddWithoutValidation(name, value.ToString());
        return request;
    }

    private HeaderDictionary Headers()
    {
        var headers = new HeaderDictionary { ["X-Claude-Code-Session-Id"] = Session };
        if (Agent is not null)
            headers["x-claude-code-agent-id"] = Agent;
        return headers;
    }

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };
}
