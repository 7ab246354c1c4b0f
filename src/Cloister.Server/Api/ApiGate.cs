using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Cloister.Server.Api;

/// <summary>
/// In front of every endpoint: the protocol check, failures as problems, and the count of requests by which the engine knows that
/// somebody is there.
/// </summary>
internal sealed partial class ApiGate(TimeProvider timeProvider, ILogger logger)
{
    private static readonly CloisterException TooLarge =
        new("request.size", $"a request has at most {ApiServer.MaxBodyBytes / 1024 / 1024} MB", "put long texts into files of the project and name them");

    private int _inFlight;
    private long _lastEnd = timeProvider.GetTimestamp();

    /// <summary>How long nobody has asked anything; zero while a request is open.</summary>
    public TimeSpan Quiet => Volatile.Read(ref _inFlight) > 0 ? TimeSpan.Zero : timeProvider.GetElapsedTime(Volatile.Read(ref _lastEnd));

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        Interlocked.Increment(ref _inFlight);
        try
        {
            http.Response.Headers[Protocol.Header] = Protocol.Version.ToString(CultureInfo.InvariantCulture);
            CheckProtocol(http.Request);
            await next(http);
            // The framework refuses some requests by their status alone.
            if (http.Response is { HasStarted: false, StatusCode: >= StatusCodes.Status400BadRequest } silent)
                await AnswerAsync(http, silent.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? Problem.Of(TooLarge)
                    : new Problem("about:blank", "the API has no such call, or not with these values", silent.StatusCode, "request.invalid", null));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
#pragma warning disable CA1031 // The edge of the process: whatever a request does, the engine and its runs go on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await AnswerAsync(http, ProblemOf(failure));
        }
        finally
        {
            Volatile.Write(ref _lastEnd, timeProvider.GetTimestamp());
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private static void CheckProtocol(HttpRequest request)
    {
        var spoken = request.Headers[Protocol.Header].ToString();
        // Who answers is told to everybody: how else would another version end this one.
        if (request.Path == Protocol.Prefix + "/hello")
            return;
        if (spoken.Length > 0 && spoken != Protocol.Version.ToString(CultureInfo.InvariantCulture))
        {
            throw new CloisterException(
                "engine.version",
                $"this engine speaks protocol {Protocol.Version}, the command another one",
                "cloister engine stop ends the old engine; agents go on, and the next command starts a new one");
        }
    }

    private Problem ProblemOf(Exception failure)
    {
        switch (failure)
        {
            case CloisterException known:
                return Problem.Of(known);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Problem.Of(TooLarge);
            case BadHttpRequestException bad:
                return Problem.Of(new CloisterException("request.invalid", bad.InnerException?.Message ?? bad.Message));
            default:
                LogFailed(logger, failure);
                return new Problem("about:blank", $"the engine could not do it: {failure.Message}", 500, "engine.failed", "engine.log in the state folder tells more");
        }
    }

    private static async Task AnswerAsync(HttpContext http, Problem problem)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }
        http.Response.Clear();
        http.Response.Headers[Protocol.Header] = Protocol.Version.ToString(CultureInfo.InvariantCulture);
        http.Response.StatusCode = problem.Status;
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await http.Response.WriteAsJsonAsync(problem, ApiJson.Strict.Problem, Problem.ContentType, http.RequestAborted);
    }

    [LoggerMessage(EventId = 501, EventName = "api.failed", Level = LogLevel.Error, Message = "a request failed")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
