using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Cloister.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Cloister.Server.Api;

/// <summary>What changes, as server-sent events; the id is the sequence number, so a client that lost its connection goes on after it.</summary>
internal static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder api, IOrchestrator orchestrator, CancellationToken stopping) =>
        api.MapGet("/events", (HttpContext http, RunId? run, long? since) => StreamAsync(http, orchestrator, run, since, stopping));

    private static async Task StreamAsync(HttpContext http, IOrchestrator orchestrator, RunId? run, long? since, CancellationToken stopping)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        await using var updates = orchestrator.WatchAsync(run, LastSeen(http.Request) ?? since, ends.Token).GetAsyncEnumerator(ends.Token);
        // Asking for the first update subscribes; only then is the client told that it listens.
        var first = updates.MoveNextAsync();
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        try
        {
            await http.Response.StartAsync(ends.Token);
            await http.Response.Body.FlushAsync(ends.Token);
            await SseFormatter.WriteAsync(
                ItemsAsync(updates, first, ends.Token),
                http.Response.Body,
                (item, writer) =>
                {
                    using var json = new Utf8JsonWriter(writer);
                    JsonSerializer.Serialize(json, item.Data, ApiJson.Strict.RunUpdate);
                },
                ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The client left, or the engine goes: both resume by the last id.
        }
    }

    private static async IAsyncEnumerable<SseItem<RunUpdate>> ItemsAsync(
        IAsyncEnumerator<RunUpdate> updates, ValueTask<bool> first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var more = await first; more; more = await updates.MoveNextAsync())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new SseItem<RunUpdate>(updates.Current) { EventId = updates.Current.Sequence.ToString(CultureInfo.InvariantCulture) };
        }
    }

    private static long? LastSeen(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString();
        if (text.Length == 0)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seen)
            ? seen
            : throw new CloisterException("request.invalid", "Last-Event-ID is the id of an event of this stream", "leave it out to watch from now on");
    }
}
