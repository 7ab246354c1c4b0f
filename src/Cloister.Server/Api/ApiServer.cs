using Cloister.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cloister.Server.Api;

/// <summary>The local API: the orchestrator's verbs over HTTP on a unix socket that only this user can reach.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    /// <summary>Room for a plan of the largest size with its prompts' files read in, also where each of their characters is escaped.</summary>
    public const int MaxBodyBytes = 16 * 1024 * 1024;

    // Enough for every terminal of one person; more is a runaway script.
    private const int MaxConnections = 256;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Running requests are cut after this: the clients come back to the next engine.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly WebApplication _web;
    private readonly CancellationTokenSource _stopping;
    private readonly ApiGate _gate;
    private readonly TimeProvider _timeProvider;

    private ApiServer(WebApplication web, ApiGate gate, CancellationTokenSource stopping, TimeProvider timeProvider)
    {
        _web = web;
        _gate = gate;
        _stopping = stopping;
        _timeProvider = timeProvider;
    }

    /// <summary>How long nobody has asked anything; zero while a request is open.</summary>
    public TimeSpan Quiet => _gate.Quiet;

    /// <summary>Answers on the socket from now on. The caller holds the state folder's lock: a socket that is there already is a dead engine's.</summary>
    public static async Task<ApiServer> StartAsync(
        IOrchestrator orchestrator, Hello hello, string socket, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken)
    {
        OwnedFolder.Ensure(Path.GetDirectoryName(socket)!);
        File.Delete(socket);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.Configure<JsonOptions>(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Strict);
            ApplyStrictness(options.SerializerOptions);
        });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, socket, logger));
        var web = builder.Build();
        var gate = new ApiGate(timeProvider, logger);
        var stopping = new CancellationTokenSource();
        web.Use(next => http => gate.InvokeAsync(http, next));
        web.UseRouting();
        var api = web.MapGroup(Protocol.Prefix);
        api.MapEngine(orchestrator, hello);
        api.MapRuns(orchestrator);
        api.MapQuestions(orchestrator);
        api.MapLanding(orchestrator);
        api.MapKeeping(orchestrator);
        api.MapEvents(orchestrator, stopping.Token);
        await web.StartAsync(cancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(socket, OwnerOnly);
        return new ApiServer(web, gate, stopping, timeProvider);
    }

    /// <summary>Takes no new requests, and cuts what does not end at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using (var patience = new CancellationTokenSource(Patience, _timeProvider))
            await _web.StopAsync(patience.Token);
        await _web.DisposeAsync();
        _stopping.Dispose();
    }

    private static void ApplyStrictness(System.Text.Json.JsonSerializerOptions options)
    {
        var strict = ApiJson.Strict.Options;
        options.PropertyNamingPolicy = strict.PropertyNamingPolicy;
        options.PropertyNameCaseInsensitive = strict.PropertyNameCaseInsensitive;
        options.NumberHandling = strict.NumberHandling;
        options.UnmappedMemberHandling = strict.UnmappedMemberHandling;
        options.AllowDuplicateProperties = strict.AllowDuplicateProperties;
        options.RespectNullableAnnotations = strict.RespectNullableAnnotations;
        options.RespectRequiredConstructorParameters = strict.RespectRequiredConstructorParameters;
        options.MaxDepth = strict.MaxDepth;
        options.Encoder = strict.Encoder;
        foreach (var converter in strict.Converters)
            options.Converters.Add(converter);
    }

    private static void Limit(KestrelServerOptions kestrel, string socket, ILogger logger)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.ListenUnixSocket(socket, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => PeerCheck.Wrap(next, logger));
        });
    }
}
