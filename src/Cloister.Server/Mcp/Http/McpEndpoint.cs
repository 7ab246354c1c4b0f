using System.Text.Json;
using Cloister.Server.Mcp.Transport;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Http;

/// <summary><c>/mcp</c>: POST brings a message and takes its answer as a stream, GET listens to what comes unasked, DELETE says goodbye.</summary>
/// <param name="sessions">The clients.</param>
/// <param name="stopping">The server goes.</param>
internal sealed class McpEndpoint(HttpSessions sessions, CancellationToken stopping)
{
    private const string SessionHeader = "Mcp-Session-Id";

    // By it a request says that it needs no session before it.
    private const string VersionKey = "io.modelcontextprotocol/protocolVersion";

    private const string Stream = "text/event-stream";

    public async Task PostAsync(HttpContext http)
    {
        if (!Accepts(http, "application/json") || !Accepts(http, Stream))
        {
            await RefuseAsync(http, StatusCodes.Status406NotAcceptable, "Accept has to name application/json and text/event-stream");
            return;
        }
        var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var judged = MessageGate.Judge(body.GetBuffer().AsMemory(0, (int)body.Length));
        if (judged.Refusal is { } refusal)
        {
            await WriteAsync(http, StatusCodes.Status400BadRequest, refusal);
            return;
        }
        var message = judged.Message!;
        if (http.Request.Headers[SessionHeader].ToString() is { Length: > 0 } id)
            await InSessionAsync(http, id, message);
        else if (message is JsonRpcRequest { Method: RequestMethods.Initialize })
            await InNewSessionAsync(http, message);
        else if (message is JsonRpcRequest request && request.Params?["_meta"]?[VersionKey] is not null)
            await AloneAsync(http, message);
        else
            await RefuseAsync(http, StatusCodes.Status400BadRequest, $"{SessionHeader} is missing: begin with initialize");
    }

    public async Task GetAsync(HttpContext http)
    {
        if (await SessionAsync(http) is not { } session)
            return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        await session.UseAsync(async transport =>
        {
            await BeginStreamAsync(http, either.Token);
            await transport.HandleGetRequestAsync(http.Response.Body, either.Token);
        });
    }

    public async Task DeleteAsync(HttpContext http)
    {
        if (!await sessions.CloseAsync(http.Request.Headers[SessionHeader].ToString()))
            await RefuseAsync(http, StatusCodes.Status404NotFound, "there is no such session");
    }

    private async Task InSessionAsync(HttpContext http, string id, JsonRpcMessage message)
    {
        if (sessions.Find(id) is { } session)
            await session.UseAsync(transport => HandleAsync(http, transport, message));
        else
            await RefuseAsync(http, StatusCodes.Status404NotFound, "there is no such session: initialize again");
    }

    private async Task InNewSessionAsync(HttpContext http, JsonRpcMessage message)
    {
        if (await sessions.OpenAsync() is not { } session)
        {
            http.Response.Headers.RetryAfter = "10";
            await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, $"{HttpSessions.Most} clients are at work: end one, or try again");
            return;
        }
        http.Response.Headers[SessionHeader] = session.Transport.SessionId;
        await session.UseAsync(transport => HandleAsync(http, transport, message));
    }

    private async Task AloneAsync(HttpContext http, JsonRpcMessage message)
    {
        await using var session = sessions.Momentary();
        await session.UseAsync(transport => HandleAsync(http, transport, message));
    }

    private async Task HandleAsync(HttpContext http, ModelContextProtocol.Server.StreamableHttpServerTransport transport, JsonRpcMessage message)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        // Clients give up on a server that has sent no headers within a minute, and a call may last longer.
        if (message is JsonRpcRequest)
            await BeginStreamAsync(http, either.Token);
        if (!await transport.HandlePostRequestAsync(message, http.Response.Body, either.Token) && !http.Response.HasStarted)
            http.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private async Task<HttpSession?> SessionAsync(HttpContext http)
    {
        if (!Accepts(http, Stream))
            await RefuseAsync(http, StatusCodes.Status406NotAcceptable, "Accept has to name text/event-stream");
        else if (sessions.Find(http.Request.Headers[SessionHeader].ToString()) is { } session)
            return session;
        else
            await RefuseAsync(http, StatusCodes.Status404NotFound, "there is no such session: initialize first");
        return null;
    }

    private static async Task BeginStreamAsync(HttpContext http, CancellationToken cancellationToken)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = Stream;
        http.Response.Headers.CacheControl = "no-cache,no-store";
        http.Response.Headers.ContentEncoding = "identity";
        await http.Response.Body.FlushAsync(cancellationToken);
    }

    private static bool Accepts(HttpContext http, string type)
    {
        var accept = http.Request.Headers.Accept.ToString();
        return accept.Contains(type, StringComparison.OrdinalIgnoreCase) || accept.Contains("*/*", StringComparison.Ordinal);
    }

    /// <summary>An answer to what never reached the server.</summary>
    public static Task RefuseAsync(HttpContext http, int status, string why) =>
        WriteAsync(http, status, new JsonRpcError { Id = default, Error = new JsonRpcErrorDetail { Code = (int)McpErrorCode.InvalidRequest, Message = why } });

    private static async Task WriteAsync(HttpContext http, int status, JsonRpcError error)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(
            JsonSerializer.SerializeToUtf8Bytes(error, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage))), http.RequestAborted);
    }
}
