using System.Net;
using Cloister.Server.Mcp.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cloister.Server.Mcp.Http;

/// <summary>Where to listen, and who may come.</summary>
/// <param name="Address">This machine's own, unless a person wants it otherwise.</param>
/// <param name="Port">0: any that is free.</param>
/// <param name="Token">What every request has to show.</param>
/// <param name="Hosts">Names under which it may be called beside those of the loopback.</param>
internal sealed record McpHttpOptions(IPAddress Address, int Port, string Token, IReadOnlyList<string> Hosts);

/// <summary>The same tools over streamable HTTP, for clients that start no programs.</summary>
internal sealed partial class McpHttpServer : IAsyncDisposable
{
    // Some windows of some clients, each with a stream that stays open.
    private const int MaxConnections = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly WebApplication _web;
    private readonly HttpSessions _sessions;
    private readonly CancellationTokenSource _stopping;

    private McpHttpServer(WebApplication web, HttpSessions sessions, CancellationTokenSource stopping, Uri address) =>
        (_web, _sessions, _stopping, Address) = (web, sessions, stopping, address);

    /// <summary>Where clients reach it.</summary>
    public Uri Address { get; }

    /// <summary>Listens from now on.</summary>
    public static async Task<McpHttpServer> StartAsync(
        McpHttpOptions options, McpDesk desk, IReadOnlyList<Profile> listed, string version, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, options));
        var web = builder.Build();
        var (sessions, stopping) = (new HttpSessions(desk, listed, version, loggers), new CancellationTokenSource());
        var (access, endpoint) = (new HttpAccess(options.Token, options.Hosts), new McpEndpoint(sessions, stopping.Token));
        var logger = loggers.CreateLogger("Cloister.Mcp.Http");
        web.Use(next => http => GuardAsync(http, next, access, logger));
        web.UseRouting();
        web.MapPost("/mcp", (RequestDelegate)endpoint.PostAsync);
        web.MapGet("/mcp", (RequestDelegate)endpoint.GetAsync);
        web.MapDelete("/mcp", (RequestDelegate)endpoint.DeleteAsync);
        try
        {
            await web.StartAsync(cancellationToken);
        }
        catch (IOException taken)
        {
            throw new CloisterException("serve.port", $"port {options.Port} is taken: {taken.Message}", "cloister serve --port 0 takes any that is free", taken);
        }
        var bound = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new McpHttpServer(web, sessions, stopping, new Uri(new Uri(bound), "/mcp"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using (var patience = new CancellationTokenSource(Patience))
            await _web.StopAsync(patience.Token);
        await _sessions.DisposeAsync();
        await _web.DisposeAsync();
        _stopping.Dispose();
    }

    private static void Limit(KestrelServerOptions kestrel, McpHttpOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MessageGate.MaxBytes;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Listen(options.Address, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
    }

    private static async Task GuardAsync(HttpContext http, RequestDelegate next, HttpAccess access, ILogger logger)
    {
        try
        {
            if (access.Refusal(http.Request) is not var (status, why))
            {
                await next(http);
                return;
            }
            if (status == StatusCodes.Status401Unauthorized)
                http.Response.Headers.WWWAuthenticate = "Bearer";
            await McpEndpoint.RefuseAsync(http, status, why);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or we go.
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            await McpEndpoint.RefuseAsync(http, bad.StatusCode, bad.Message);
        }
#pragma warning disable CA1031 // The edge of a request: whatever it does, the server goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogFailed(logger, failure);
            http.Abort();
        }
    }

    [LoggerMessage(EventId = 802, EventName = "mcp.http", Level = LogLevel.Error, Message = "a request failed")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
