using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Connection;

/// <summary>The engine's updates over one connection, until it or the reader ends.</summary>
internal static class EventStream
{
    /// <param name="socketPath">Where the engine listens.</param>
    /// <param name="run">Of one run only.</param>
    /// <param name="since">After this update; null: from now on.</param>
    /// <param name="connected">Called when the engine has accepted.</param>
    /// <param name="cancellationToken">Leaves.</param>
    /// <exception cref="EngineAbsentException">Nobody listens.</exception>
    /// <exception cref="EngineLostException">The connection broke; go on after the last update.</exception>
    public static async IAsyncEnumerable<RunUpdate> ReadAsync(
        string socketPath, RunId? run, long? since, Action connected, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(socketPath, token) };
        using var http = new HttpClient(handler) { BaseAddress = new Uri("http://cloister"), Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, PathOf(run, since));
        request.Headers.Add(Protocol.Header, Protocol.Version.ToString(CultureInfo.InvariantCulture));
        using var response = await SendAsync(http, request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            throw EngineClient.FailureOf(new Reply((int)response.StatusCode, null, body));
        }
        connected();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var parser = SseParser.Create(stream, (_, data) => JsonSerializer.Deserialize(data, ApiJson.Lenient.RunUpdate)!);
        await using var items = parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(items))
            yield return items.Current.Data;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException failure) when (failure.InnerException is SocketException)
        {
            throw new EngineAbsentException(failure);
        }
        catch (HttpRequestException failure)
        {
            throw new EngineLostException("the engine went away", failure);
        }
    }

    // The end of the stream is never the end of the story: the engine was stopped or killed.
    private static async Task<bool> NextAsync(IAsyncEnumerator<SseItem<RunUpdate>> items)
    {
        try
        {
            return await items.MoveNextAsync() ? true : throw new EngineLostException("the engine ended the stream");
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw new EngineLostException("the engine went away", failure);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string PathOf(RunId? run, long? since)
    {
        var query = new List<string>();
        if (run is { } id)
            query.Add($"run={id}");
        if (since is { } sequence)
            query.Add(string.Create(CultureInfo.InvariantCulture, $"since={sequence}"));
        return query.Count == 0 ? $"{Protocol.Prefix}/events" : $"{Protocol.Prefix}/events?{string.Join('&', query)}";
    }
}
