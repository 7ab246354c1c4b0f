using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Cloister.Rehearsal;
using Cloister.Tests.Processes;

namespace Cloister.Tests.Rehearsal;

public sealed class RehearsalServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<RehearsalServer> ServeAsync(string rules, RehearsalOptions? options = null) =>
        RehearsalServer.StartAsync(Scenario.Parse("rules:\n" + rules, "s"), options, Token);

    private static HttpClient ClientOf(RehearsalServer server) => new() { BaseAddress = server.BaseAddress };

    [Fact]
    public async Task a_message_is_streamed_and_the_request_is_logged()
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: Token);
        using var client = ClientOf(server);
        client.DefaultRequestHeaders.Add("x-api-key", "sk-ant-rehearsal");
        client.DefaultRequestHeaders.Add("Authorization", "Bearer token");
        using var answer = await client.SendAsync(new Ask().User("hello").Post("s/r7/v1/messages?beta=true"), Token);
        var events = await answer.Content.ReadAsStringAsync(Token);

        Assert.Equal(("text/event-stream", "req_00000001"), (answer.Content.Headers.ContentType!.MediaType, answer.Headers.GetValues("request-id").Single()));
        Assert.StartsWith("event: message_start\ndata: {\"type\":\"message_start\"", events, StringComparison.Ordinal);
        Assert.EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", events, StringComparison.Ordinal);

        var record = Assert.Single(server.Requests);
        Assert.Equal(
            new RequestRecord
            {
                Sequence = 1,
                At = record.At,
                Endpoint = "messages",
                Prefix = "/s/r7",
                Session = "5e55",
                Agent = null,
                Credentials = record.Credentials,
                Model = "claude-opus-4-8",
                Streams = true,
                Bytes = record.Bytes,
                Tokens = 13,
                Markers = record.Markers,
                Tools = record.Tools,
                Messages = 1,
                Turn = 1,
                LastUserText = "hello",
                Compaction = false,
                Rule = "polite end",
                Step = 1,
                Status = 200,
                Fault = null,
                Usage = record.Usage,
            },
            record);
        Assert.Equal(["x-api-key a80ae399777c", "bearer 3c469e9d6c58"], record.Credentials);
        Assert.Equal(["Bash"], record.Tools);
        Assert.Equal(new RequestBytes(98, 50, 60, 299), record.Bytes);
        Assert.Equal(13, record.Usage.Output);
    }

    [Fact]
    public async Task without_the_stream_key_the_answer_is_one_object()
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: Token);
        using var client = ClientOf(server);
        using var answer = await client.SendAsync(new Ask { Streams = null }.User("hello").Post(), Token);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal("end_turn", json.RootElement.GetProperty("stop_reason").GetString());
    }

    [Fact]
    public async Task tokens_are_counted_and_a_preconnect_is_answered()
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: Token);
        using var client = ClientOf(server);
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "s/x"), Token);
        using var count = await client.SendAsync(new Ask().User(new string('x', 400)).Post("v1/messages/count_tokens?beta=true"), Token);
        using var json = JsonDocument.Parse(await count.Content.ReadAsStringAsync(Token));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.InRange(json.RootElement.GetProperty("input_tokens").GetInt64(), 100, 140);
        Assert.Equal("count_tokens", Assert.Single(server.Requests).Endpoint);
    }

    [Fact]
    public async Task an_error_has_its_status_headers_and_body()
    {
        await using var server = await ServeAsync("  - { answer: { error: { status: 429, message: 'slow, ${prompt}', headers: { retry-after: '7' } } } }");
        using var client = ClientOf(server);
        using var answer = await client.SendAsync(new Ask().User("you").Post(), Token);
        Assert.Equal(
            (429, "7", """{"type":"error","error":{"type":"rate_limit_error","message":"slow, you"},"request_id":"req_00000001"}"""),
            ((int)answer.StatusCode, answer.Headers.GetValues("retry-after").Single(), await answer.Content.ReadAsStringAsync(Token)));
        Assert.Equal((429, RequestUsage.None), (server.Requests[0].Status, server.Requests[0].Usage));
    }

    [Theory]
    [InlineData("{", "the request is not JSON")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}", "a text is not valid Unicode")]
    public async Task a_broken_request_is_refused_in_the_apis_own_shape(string body, string reason)
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: Token);
        using var client = ClientOf(server);
        using var answer = await client.PostAsync("v1/messages", new StringContent(body, Encoding.UTF8, "application/json"), Token);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request_error"), (answer.StatusCode, json.RootElement.GetProperty("error").GetProperty("type").GetString()));
        Assert.Contains(reason, json.RootElement.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"messages\":7,\"system\":[1],\"tools\":{},\"model\":null,\"stream\":\"x\"}")]
    [InlineData("{\"messages\":[null,{\"role\":7},{\"role\":\"user\",\"content\":[3,{\"type\":\"tool_result\",\"content\":null}]}]}")]
    public async Task a_strange_request_is_answered_all_the_same(string body)
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: Token);
        using var client = ClientOf(server);
        using var answer = await client.PostAsync("v1/messages", new StringContent(body, Encoding.UTF8, "application/json"), Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task anything_else_is_not_found_and_a_foreign_name_is_refused()
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: Token);
        using var client = ClientOf(server);
        using var unknown = await client.GetAsync("v1/models", Token);
        using var foreign = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "rehearsal/requests") { Headers = { Host = "evil.example" } }, Token);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.Forbidden), (unknown.StatusCode, foreign.StatusCode));
    }

    [Fact]
    public async Task a_request_of_many_megabytes_is_read_and_one_too_large_is_refused()
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: Token);
        using var client = ClientOf(server);
        using var large = await client.SendAsync(new Ask { Streams = null }.User(new string('x', 20_000_000)).Post(), Token);
        Assert.Equal(HttpStatusCode.OK, large.StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/messages") { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentLength = 65L * 1024 * 1024;
        request.Headers.ExpectContinue = true;
        using var tooLarge = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
    }

    [Fact]
    public async Task the_log_is_served_whole_and_by_path_prefix()
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, new RehearsalOptions { KeepBodies = true }, Token);
        using var client = ClientOf(server);
        foreach (var path in new[] { "s/a/v1/messages", "s/b/v1/messages", "v1/messages" })
            (await client.SendAsync(new Ask().User("hello").Post(path), Token)).Dispose();

        async Task<string> Sequences(string path)
        {
            using var json = JsonDocument.Parse(await client.GetStringAsync(path, Token));
            return string.Join(',', json.RootElement.GetProperty("requests").EnumerateArray().Select(r => r.GetProperty("sequence").GetInt32()));
        }

        Assert.Equal("1,2,3", await Sequences("rehearsal/requests"));
        Assert.Equal("2", await Sequences("s/b/rehearsal/requests"));
        Assert.Equal(new Ask().User("hello").Json(), await client.GetStringAsync("rehearsal/requests/2", Token));
        Assert.Equal("""{"status":"ok","scenario":"default"}""", await client.GetStringAsync("rehearsal/healthz", Token));
    }

    [Fact]
    public async Task the_log_forgets_the_oldest()
    {
        await using var server = await RehearsalServer.StartAsync(
            Scenario.Default, new RehearsalOptions { RequestsKept = 2, KeepBodies = true, BodyBytesKept = 1000 }, Token);
        using var client = ClientOf(server);
        for (var i = 0; i < 3; i++)
            (await client.SendAsync(new Ask().User("hello").Post(), Token)).Dispose();
        Assert.Equal([(2, false), (3, true)], server.Requests.Select(r => ((int)r.Sequence, r.Body is not null)));
    }

    [Theory]
    [InlineData("cut-before-first", "")]
    [InlineData("cut-mid-block", "content_block_delta")]
    [InlineData("no-message-stop", "message_delta")]
    public async Task a_cut_stream_ends_after_its_last_event(string fault, string lastEvent)
    {
        await using var server = await ServeAsync($"  - {{ answer: {{ stream: {fault}, text: hello }} }}");
        using var client = ClientOf(server);
        using var answer = await client.SendAsync(new Ask().User("go").Post(), HttpCompletionOption.ResponseHeadersRead, Token);
        using var body = new MemoryStream();
        await Assert.ThrowsAnyAsync<IOException>(async () => await (await answer.Content.ReadAsStreamAsync(Token)).CopyToAsync(body, Token));
        var events = Encoding.UTF8.GetString(body.ToArray()).Split('\n').Where(l => l.StartsWith("event: ", StringComparison.Ordinal));
        Assert.Equal(lastEvent, events.LastOrDefault("event: ")["event: ".Length..]);
        Assert.Equal(fault, server.Requests[0].Fault);
    }

    [Fact]
    public async Task an_error_event_ends_the_stream()
    {
        await using var server = await ServeAsync("  - { answer: { stream: error-event, text: hello } }");
        using var client = ClientOf(server);
        using var answer = await client.SendAsync(new Ask().User("go").Post(), Token);
        Assert.EndsWith(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"req_00000001\"}\n\n",
            await answer.Content.ReadAsStringAsync(Token),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hang-headers")]
    [InlineData("hang-first")]
    [InlineData("hang-mid")]
    [InlineData("ping-forever")]
    public async Task a_hanging_answer_ends_when_the_server_stops(string fault)
    {
        var server = await ServeAsync($"  - {{ answer: {{ stream: {fault} }} }}");
        using var client = ClientOf(server);
        var hanging = client.SendAsync(new Ask().User("go").Post(), Token);
        await server.WaitForRequestAsync(r => r.Fault is not null, Token);
        Assert.False(hanging.IsCompleted);
        await server.DisposeAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => hanging);
    }

    [Fact]
    public async Task a_client_that_leaves_does_not_disturb_the_others()
    {
        await using var server = await ServeAsync("  - { when: { prompt: wait }, answer: { stream: hang-mid } }");
        using var client = ClientOf(server);
        using (var leave = CancellationTokenSource.CreateLinkedTokenSource(Token))
        {
            var hanging = client.SendAsync(new Ask().User("wait").Post(), leave.Token);
            await server.WaitForRequestAsync(r => r.Fault is not null, Token);
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        }
        await Eventually.TrueAsync(() => server.OpenAnswers == 0, "the hanging answer ended");
        using var answer = await client.SendAsync(new Ask().User("go").Post(), Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task many_requests_at_once_are_answered_each_for_itself()
    {
        await using var server = await ServeAsync("  - { when: { prompt: '/(n\\d+)/' }, answer: 'to ${1}' }");
        using var client = ClientOf(server);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            using var answer = await client.SendAsync(new Ask { Session = $"{i}", Streams = null }.User($"n{i}").Post(), Token);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
            return json.RootElement.GetProperty("content")[0].GetProperty("text").GetString();
        }));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"to n{i}"), answers);
        Assert.Equal(100, server.Requests.Select(r => r.Sequence).Distinct().Count());
    }

    [Fact]
    public async Task bodies_are_written_to_a_folder_when_asked()
    {
        var folder = Directory.CreateTempSubdirectory("rehearsal-").FullName;
        try
        {
            await using var server = await RehearsalServer.StartAsync(Scenario.Default, new RehearsalOptions { BodiesDirectory = folder }, Token);
            using var client = ClientOf(server);
            using var answer = await client.SendAsync(new Ask().User("hello").Post(), Token);
            Assert.Equal(new Ask().User("hello").Json(), await File.ReadAllTextAsync(Path.Combine(folder, "000001.json"), Token));
        }
        finally
        {
            File.Delete(Path.Combine(folder, "000001.json"));
            Directory.Delete(folder);
        }
    }

    [Fact]
    public async Task a_port_that_is_taken_is_an_error()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await Assert.ThrowsAsync<IOException>(() => RehearsalServer.StartAsync(Scenario.Default, new RehearsalOptions { Port = port }, Token));
    }

    [Fact]
    public async Task waiting_for_a_request_finds_past_and_future_ones()
    {
        await using var server = await RehearsalServer.StartAsync(Scenario.Default, cancellationToken: Token);
        using var client = ClientOf(server);
        var future = server.WaitForRequestAsync(r => r.LastUserText == "second", Token);
        (await client.SendAsync(new Ask().User("first").Post(), Token)).Dispose();
        Assert.False(future.IsCompleted);
        (await client.SendAsync(new Ask().User("second").Post(), Token)).Dispose();
        Assert.Equal((2, 1), ((await future).Sequence, (await server.WaitForRequestAsync(r => r.LastUserText == "first", Token)).Sequence));
    }
}
