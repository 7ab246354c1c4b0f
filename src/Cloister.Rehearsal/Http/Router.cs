using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Cloister.Rehearsal.Http;

/// <summary>Finds the endpoint of a request. Anything may stand before the known paths, so that several runs share a server.</summary>
internal sealed class Router(MessagesEndpoint messages, LogEndpoint log, TimeProvider clock, CancellationToken stopping)
{
    public async Task HandleAsync(HttpContext context)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var answer = new AnswerWriter(context, clock, ended.Token);
        try
        {
            await RouteAsync(context, answer, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (BadHttpRequestException e)
        {
            var type = e.StatusCode == StatusCodes.Status413PayloadTooLarge ? "request_too_large" : "invalid_request_error";
            await answer.RefuseAsync(e.StatusCode, type, e.Message);
        }
        catch (IOException e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await answer.RefuseAsync(StatusCodes.Status500InternalServerError, "api_error", $"the request could not be kept: {e.Message}");
        }
        catch (JsonException e)
        {
            await answer.RefuseAsync(StatusCodes.Status400BadRequest, "invalid_request_error", $"the request is not JSON: {e.Message}");
        }
    }

    private Task RouteAsync(HttpContext context, AnswerWriter answer, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var path = request.Path.Value ?? "";
        if (!IsOurName(request.Host.Host))
            return answer.RefuseAsync(StatusCodes.Status403Forbidden, "permission_error", "only 127.0.0.1 and localhost are served");
        if (HttpMethods.IsHead(request.Method))
            return Task.CompletedTask;
        if (HttpMethods.IsPost(request.Method) && TryCut(path, "/v1/messages", out var prefix))
            return messages.AnswerAsync(request, answer, prefix, cancellationToken);
        if (HttpMethods.IsPost(request.Method) && TryCut(path, "/v1/messages/count_tokens", out prefix))
            return messages.CountAsync(request, answer, prefix, cancellationToken);
        if (HttpMethods.IsGet(request.Method) && TryCut(path, "/rehearsal/healthz", out _))
            return log.HealthAsync(answer);
        if (HttpMethods.IsGet(request.Method) && TryCut(path, "/rehearsal/requests", out prefix))
            return log.ListAsync(answer, prefix);
        if (HttpMethods.IsGet(request.Method)
            && long.TryParse(path[(path.LastIndexOf('/') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && TryCut(path, $"/rehearsal/requests/{sequence}", out _))
        {
            return log.ShowBodyAsync(answer, sequence);
        }
        return answer.RefuseAsync(StatusCodes.Status404NotFound, "not_found_error", $"{request.Method} {path} is not rehearsed");
    }

    private static bool TryCut(string path, string end, out string prefix)
    {
        var found = path.EndsWith(end, StringComparison.Ordinal);
        prefix = found ? path[..^end.Length] : "";
        return found;
    }

    // A web page could reach a loopback port under a name of its own and read what agents were asked.
    private static bool IsOurName(string host) => host is "127.0.0.1" or "localhost";
}
