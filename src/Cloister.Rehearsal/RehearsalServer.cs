using System.Net;
using Cloister.Rehearsal.Answering;
using Cloister.Rehearsal.Http;
using Cloister.Rehearsal.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Cloister.Rehearsal;

/// <summary>A Messages API on loopback that plays a <see cref="Scenario"/>: the real <c>claude</c> runs against it without account or cost.</summary>
public sealed class RehearsalServer : IAsyncDisposable
{
    /// <summary>A prompt may have some megabytes, a conversation several of them.</summary>
    private const long MaxBodyBytes = 64L * 1024 * 1024;

    /// <summary>Every answer ends at once when the server stops; this is for a client that does not take its connection's end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly WebApplication _web;
    private readonly TimeProvider _clock;
    private readonly RequestLog _log;
    private readonly MessagesEndpoint _messages;
    private readonly CancellationTokenSource _stopping;

    private RehearsalServer(
        WebApplication web, RequestLog log, MessagesEndpoint messages, CancellationTokenSource stopping, TimeProvider clock)
    {
        _web = web;
        _log = log;
        _messages = messages;
        _stopping = stopping;
        _clock = clock;
        BaseAddress = new Uri(_web.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    /// <summary>What to give <c>claude</c> as <c>ANTHROPIC_BASE_URL</c>; any path may be appended to keep several runs apart.</summary>
    public Uri BaseAddress { get; }

    /// <summary>The last requests, oldest first.</summary>
    public IReadOnlyList<RequestRecord> Requests => _log.Snapshot();

    /// <summary>Requests that <see cref="Requests"/> does not hold any more: with any, a report on them would be of a part only.</summary>
    public long RequestsForgotten => _log.Forgotten;

    /// <summary>Answers that are being sent right now, those that hang on purpose too.</summary>
    public int OpenAnswers => _messages.OpenAnswers;

    /// <summary>Starts answering.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<RehearsalServer> StartAsync(
        Scenario scenario, RehearsalOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new RehearsalOptions();
        var markers = new MarkerSearch(options.Markers);
        var stopping = new CancellationTokenSource();
        var log = new RequestLog(options.RequestsKept, options.BodyBytesKept);
        var messages = new MessagesEndpoint(new ScriptedModel(scenario), options, markers, log);
        var router = new Router(
            messages,
            new LogEndpoint(scenario.Name, log),
            options.Clock,
            stopping.Token);

        // The empty builder: nothing of the surrounding folder or environment may configure this server.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        var web = builder.Build();
        web.Run(router.HandleAsync);
        try
        {
            await web.StartAsync(cancellationToken);
            return new RehearsalServer(web, log, messages, stopping, options.Clock);
        }
        catch
        {
            stopping.Dispose();
            await web.DisposeAsync();
            throw;
        }
    }

    /// <summary>The first request, already made or still to come, for which <paramref name="wanted"/> is true.</summary>
    public Task<RequestRecord> WaitForRequestAsync(Func<RequestRecord, bool> wanted, CancellationToken cancellationToken = default) =>
        _log.WaitAsync(wanted, cancellationToken);

    /// <summary>Hangs up on everybody, also in the middle of an answer.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using var patience = new CancellationTokenSource(Patience, _clock);
        await _web.StopAsync(patience.Token);
        await _web.DisposeAsync();
        _stopping.Dispose();
    }
}
