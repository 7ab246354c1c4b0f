using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Cloister.Runs;
using Cloister.Server.Mcp;
using Cloister.Server.Mcp.Http;
using Cloister.Tests.Runs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Tests.Server.Mcp;

/// <summary>The same tools over HTTP, and who is kept out.</summary>
public sealed class HttpTests : IAsyncLifetime
{
    private const string Token = "0123456789abcdef0123456789abcdef";
    private const string Initialize = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    private readonly EngineRig _rig = new();
    private readonly HttpClient _http = new();
    private McpHttpServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _rig.OpenAsync();
        _server = await McpHttpServer.StartAsync(
            new McpHttpOptions(IPAddress.Loopback, 0, Token, []), ToolTests.DeskOf(_rig), [Profile.Core], "1.2.3", NullLoggerFactory.Instance, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _rig.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task a_session_begins_calls_and_ends()
    {
        var (session, _) = await BeginAsync();
        var (status, spawned) = await PostAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"spawn_agent","arguments":{"prompt":"x","name":"a"}}}""", session);
        using var goodbye = Request(HttpMethod.Delete, session);
        var ended = await _http.SendAsync(goodbye, Cancel);
        var (after, _) = await PostAsync("""{"jsonrpc":"2.0","id":3,"method":"ping"}""", session);

        Assert.Equal((HttpStatusCode.OK, "r1/a"), (status, (string?)spawned!["result"]!["structuredContent"]!["task"]));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (ended.StatusCode, after));
    }

    [Fact]
    public async Task a_client_of_the_newest_protocol_needs_no_session()
    {
        var answer = await AloneAsync("list_agent_types", "{}");
        Assert.NotEmpty(answer["agents"]!.AsArray());
    }

    [Fact]
    public async Task a_client_without_a_session_comes_to_the_next_page()
    {
        var text = string.Concat(Enumerable.Range(0, 500).Select(number => $"rule {number:000}. "));
        await AloneAsync("orchestrator_plan_task", $$"""{"title":"API","description":"{{text}}"}""");

        var first = await AloneAsync("orchestrator_execute_task", """{"task_id":"r1/api"}""");
        var second = await AloneAsync("orchestrator_execute_task", """{"task_id":"r1/api"}""");
        Assert.Contains("rule 000", (string?)first["results"]!["summary"], StringComparison.Ordinal);
        Assert.DoesNotContain("rule 000", (string?)second["results"]!["summary"], StringComparison.Ordinal);
        Assert.Contains("rule 499", (string?)second["results"]!["summary"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_client_without_a_session_is_told_the_question_instead_of_a_form()
    {
        _rig.Backend.For("asks", async agent => agent.Succeed((await agent.AskAsync("k", "Which port?")).Text!));
        await AloneAsync("spawn_agent", """{"prompt":"x","name":"asks"}""");
        var asked = await AloneAsync("check", """{"refs":["r1"],"wait_s":40}""", """{"elicitation":{"form":{}}}""");
        Assert.Equal(("q1", "ask the user, then call answer"), ((string?)asked["needs_you"]![0]!["q"], (string?)asked["needs_you"]![0]!["next"]));
        await AloneAsync("answer", """{"question":"q1","text":"8080"}""");
        Assert.Equal("8080", (await _rig.UntilFinishedAsync(new RunId(1))).Tasks["asks"].Summary);
    }

    [Fact]
    public async Task headers_come_at_once_and_the_answer_when_it_is_there()
    {
        _rig.Backend.For("long", agent => agent.UntilStoppedAsync());
        var (session, _) = await BeginAsync();
        await PostAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"spawn_agent","arguments":{"prompt":"x","name":"long"}}}""", session);

        using var request = Request(HttpMethod.Post, session, """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"check","arguments":{"refs":["r1"],"wait_s":40}}}""");
        using var waiting = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal("text/event-stream", waiting.Content.Headers.ContentType!.MediaType);

        await PostAsync("""{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"control","arguments":{"ref":"r1","action":"stop"}}}""", session);
        var answer = AnswerIn(await waiting.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("stopped", (string?)answer!["result"]!["structuredContent"]!["changed"]![0]!["state"]);
    }

    [Theory]
    [InlineData(null, null, null, 401)]
    [InlineData("Bearer wrong", null, null, 401)]
    [InlineData("Basic " + Token, null, null, 401)]
    [InlineData("Bearer " + Token, "evil.example", null, 403)]
    [InlineData("Bearer " + Token, "127.0.0.1.evil.example", null, 403)]
    [InlineData("Bearer " + Token, null, "https://evil.example", 403)]
    [InlineData("Bearer " + Token, null, "null", 403)]
    [InlineData("Bearer " + Token, null, "http://localhost:3000", 200)]
    [InlineData("bearer " + Token, "localhost", null, 200)]
    public async Task who_may_not_come_is_kept_out(string? authorization, string? host, string? origin, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Address) { Content = Body(Initialize) };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (origin is not null)
            request.Headers.TryAddWithoutValidation("Origin", origin);
        request.Headers.Host = host;
        Assert.Equal(status, (int)(await _http.SendAsync(request, Cancel)).StatusCode);
    }

    [Theory]
    [InlineData("hello", 400)]
    [InlineData("[]", 400)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", 400)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", 400)]
    public async Task what_is_no_message_is_refused_and_the_server_lives(string body, int status)
    {
        Assert.Equal(status, (int)(await PostAsync(body, null)).Status);
        await BeginAsync();
    }

    [Fact]
    public async Task an_unknown_session_begins_anew() =>
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", "gone")).Status);

    [Fact]
    public async Task idle_sessions_make_room_for_new_ones()
    {
        var (first, _) = await BeginAsync();
        _rig.Clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < HttpSessions.Most; i++)
            await BeginAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", first)).Status);
    }

    // What a tool answers to a client that names itself with every request.
    private async Task<JsonObject> AloneAsync(string tool, string arguments, string capabilities = "{}")
    {
        var meta = $$"""{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{{capabilities}} }""";
        var (status, answer) = await PostAsync(
            $$"""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"{{tool}}","arguments":{{arguments}},"_meta":{{meta}} } }""",
            null, ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", tool));
        Assert.Equal(HttpStatusCode.OK, status);
        return answer!["result"]!["structuredContent"]!.AsObject();
    }

    private async Task<(string Session, JsonObject Answer)> BeginAsync()
    {
        using var request = Request(HttpMethod.Post, null, Initialize);
        using var response = await _http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var session = Assert.Single(response.Headers.GetValues("Mcp-Session-Id"));
        var answer = AnswerIn(await response.Content.ReadAsStringAsync(Cancel))!;
        var (status, _) = await PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", session);
        Assert.Equal(HttpStatusCode.Accepted, status);
        return (session, answer);
    }

    private async Task<(HttpStatusCode Status, JsonObject? Answer)> PostAsync(string body, string? session, params (string Name, string Value)[] headers)
    {
        using var request = Request(HttpMethod.Post, session, body);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var response = await _http.SendAsync(request, Cancel);
        return (response.StatusCode, AnswerIn(await response.Content.ReadAsStringAsync(Cancel)));
    }

    private HttpRequestMessage Request(HttpMethod method, string? session, string? body = null)
    {
        var request = new HttpRequestMessage(method, _server.Address) { Content = body is null ? null : Body(body) };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        if (session is not null)
            request.Headers.Add("Mcp-Session-Id", session);
        return request;
    }

    private static StringContent Body(string text) => new(text, Encoding.UTF8, "application/json");

    private static JsonObject? AnswerIn(string text) => text.Split('\n')
        .Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
        .Select(line => JsonNode.Parse(line["data: ".Length..])!.AsObject())
        .LastOrDefault(message => message["method"] is null);
}
