using System.Net;
using System.Net.Sockets;
using System.Text;
using Cloister.Cli;
using Cloister.Cli.Connection;
using Cloister.Server.Api;
using Cloister.Tests.Cli;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Tests.Server;

/// <summary>The local API as anybody on the socket meets it.</summary>
public sealed class ApiServerTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-api-").FullName;
    private ApiServer? _server;

    private string SocketPath => Path.Combine(_folder, "own", "engine.sock");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(SocketPath)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // A dead engine's socket is in the way.
        await File.WriteAllTextAsync(SocketPath, "", Cancel);
        _server = await ApiServer.StartAsync(
            new MadeUpOrchestrator(), new Hello(Protocol.Version, "1.2.3", 42, "instance", _folder), SocketPath, TimeProvider.System, NullLogger.Instance, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void only_its_owner_can_open_the_socket() =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));

    [Fact]
    public async Task a_folder_that_others_can_enter_is_refused()
    {
        var open = Path.Combine(_folder, "open");
        Directory.CreateDirectory(open);
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);

        var refused = await Assert.ThrowsAsync<CloisterException>(() => ApiServer.StartAsync(
            new MadeUpOrchestrator(), new Hello(1, "1", 1, "i", _folder), Path.Combine(open, "engine.sock"), TimeProvider.System, NullLogger.Instance, Cancel));

        Assert.Equal("runtime.directory", refused.Code);
    }

    [Fact]
    public async Task it_says_who_it_is() =>
        Assert.Equal(new Hello(Protocol.Version, "1.2.3", 42, "instance", _folder), await EngineClient.Connect(SocketPath).HelloAsync(Cancel));

    [Fact]
    public void another_protocol_is_told_what_to_do_and_may_still_ask_who_is_there()
    {
        var refused = SocketExchange.Send(SocketPath, "GET", "/api/v1/runs", default, Protocol.Header, Protocol.Version + 1, Cancel);
        var hello = SocketExchange.Send(SocketPath, "GET", "/api/v1/hello", default, Protocol.Header, Protocol.Version + 1, Cancel);

        Assert.Equal((426, 200), (refused.Status, hello.Status));
        var failure = EngineClient.FailureOf(refused);
        Assert.Equal("engine.version", failure.Code);
        Assert.Contains("cloister engine stop", failure.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", "", 404, "request.invalid")]
    [InlineData("GET", "/", "", 404, "request.invalid")]
    [InlineData("PUT", "/api/v1/runs", "", 405, "request.invalid")]
    [InlineData("GET", "/api/v1/runs/7", "", 400, "request.invalid")]
    [InlineData("GET", "/api/v1/runs/r0", "", 400, "request.invalid")]
    [InlineData("GET", "/api/v1/runs/r99", "", 404, "run.unknown")]
    [InlineData("GET", "/api/v1/runs/r7/log?task=api&attempt=x", "", 400, "request.invalid")]
    [InlineData("GET", "/api/v1/runs?all=perhaps", "", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/questions/q12/answer", "", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/questions/q12/answer", "{", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/questions/q12/answer", """{"decision":"allow"}""", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/questions/q12/answer", """{"decision":"allow","text":null,"more":1}""", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/questions/q12/answer", """{"decision":"allow","text":null,"text":"x"}""", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/questions/q12/answer", """{"decision":"maybe","text":null}""", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/questions/q12/answer", """{"decision":"allow","text":1e400}""", 400, "request.invalid")]
    [InlineData("POST", "/api/v1/runs/r7/control", """{"command":"explode"}""", 400, "request.invalid")]
    [InlineData("GET", "/api/v1/events?since=-1x", "", 400, "request.invalid")]
    public void a_request_that_makes_no_sense_is_refused_in_words(string method, string path, string body, int status, string code)
    {
        var reply = SocketExchange.Send(SocketPath, method, path, Encoding.UTF8.GetBytes(body), Protocol.Header, Protocol.Version, Cancel);

        Assert.Equal((status, code), (reply.Status, EngineClient.FailureOf(reply).Code));
        Assert.DoesNotContain("   at ", Encoding.UTF8.GetString(reply.Body), StringComparison.Ordinal);
    }

    [Fact]
    public void a_request_beyond_its_size_is_refused()
    {
        var reply = SocketExchange.Send(SocketPath, "POST", "/api/v1/runs", new byte[ApiServer.MaxBodyBytes + 1], Protocol.Header, Protocol.Version, Cancel);

        Assert.Equal((413, "request.size"), (reply.Status, EngineClient.FailureOf(reply).Code));
    }

    [Fact]
    public void a_body_that_does_not_call_itself_json_is_refused()
    {
        var answer = Exchange("POST /api/v1/questions/q12/answer HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 33\r\nConnection: close\r\n\r\n{\"decision\":\"allow\",\"text\":null}\n\n");

        Assert.StartsWith("HTTP/1.1 415 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0\r\n\r\n")]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    [InlineData("GET /api/v1/hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    public async Task garbage_is_hung_up_on_and_the_next_client_is_served(string bytes)
    {
        var answer = Exchange(bytes);

        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 5", StringComparison.Ordinal), answer);
        Assert.Equal(42, (await EngineClient.Connect(SocketPath).HelloAsync(Cancel)).Pid);
    }

    [Fact]
    public async Task the_stream_of_events_carries_sequence_numbers_as_ids()
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler);

        using var refused = await http.SendAsync(Events("yesterday"), Cancel);
        using var stream = await http.SendAsync(Events("0"), HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancel));
        var first = $"{await reader.ReadLineAsync(Cancel)}\n{await reader.ReadLineAsync(Cancel)}";

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("text/event-stream", stream.Content.Headers.ContentType!.MediaType);
        Assert.Matches("""(?s)data: \{"sequence":1,"run":"r6",.*\}\nid: 1|id: 1\ndata: \{"sequence":1,"run":"r6",.*\}""", first);
    }

    private static HttpRequestMessage Events(string lastId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "http://cloister/api/v1/events?run=r6");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        return request;
    }

    private string Exchange(string bytes)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        socket.Send(Encoding.UTF8.GetBytes(bytes));
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            for (int count; (count = socket.Receive(buffer)) > 0;)
                answer.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // Hung up on.
        }
        return answer.ToString();
    }
}
