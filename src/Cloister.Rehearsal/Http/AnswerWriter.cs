using System.Text;
using Cloister.Rehearsal.Answering;
using Cloister.Rehearsal.Scenarios;
using Microsoft.AspNetCore.Http;

namespace Cloister.Rehearsal.Http;

/// <summary>Sends a scripted answer over HTTP, at its pace and with its faults.</summary>
internal sealed class AnswerWriter(HttpContext context, TimeProvider clock, CancellationToken cancellationToken)
{
    /// <summary>Pings of a stalled stream come about this often.</summary>
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(1);

    /// <summary>Lets the client read what was sent before a cut: a closed connection may take unread bytes with it.</summary>
    private static readonly TimeSpan BeforeCut = TimeSpan.FromMilliseconds(50);

    public async Task WriteAsync(ScriptedAnswer answer, bool streams, string requestId)
    {
        if (answer.Fault == StreamFault.HangHeaders)
            await HangAsync();
        await PauseAsync(answer.Pace.First);
        context.Response.Headers["request-id"] = requestId;
        if (answer.Error is { } error)
        {
            foreach (var (name, value) in error.Headers)
                context.Response.Headers[name] = value;
            await WriteJsonAsync(error.Status, StreamEvents.ErrorOf(error.Type, answer.ErrorMessage ?? "", requestId));
        }
        else if (!streams)
        {
            await WriteJsonAsync(StatusCodes.Status200OK, StreamEvents.WholeOf(answer.Message!));
        }
        else
        {
            await StreamAsync(answer, requestId);
        }
    }

    public async Task WriteJsonAsync(int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json, cancellationToken);
    }

    public Task RefuseAsync(int status, string type, string message) =>
        WriteJsonAsync(status, StreamEvents.ErrorOf(type, message, requestId: ""));

    private async Task StreamAsync(ScriptedAnswer answer, string requestId)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.StartAsync(cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
        if (answer.Fault is { } early && await BreakAsync(early, BreakPoint.BeforeFirst, requestId))
            return;

        foreach (var e in StreamEvents.Of(answer.Message!))
        {
            if (e.IsEnd && answer.Fault is { } late && await BreakAsync(late, BreakPoint.BeforeEnd, requestId))
                return;
            await SendAsync(e);
            if (!e.IsDelta)
                continue;
            if (answer.Fault is { } mid && await BreakAsync(mid, BreakPoint.MidBlock, requestId))
                return;
            await PauseAsync(answer.Pace.Between);
        }
    }

    private enum BreakPoint
    {
        BeforeFirst,
        MidBlock,
        BeforeEnd,
    }

    /// <summary>Breaks the stream when this is the fault's place; true: the answer is over.</summary>
    private async Task<bool> BreakAsync(StreamFault fault, BreakPoint place, string requestId)
    {
        switch (fault, place)
        {
            case (StreamFault.CutBeforeFirst, BreakPoint.BeforeFirst):
            case (StreamFault.CutMidBlock, BreakPoint.MidBlock):
            case (StreamFault.NoMessageStop, BreakPoint.BeforeEnd):
                await PauseAsync(BeforeCut);
                context.Abort();
                return true;
            case (StreamFault.HangFirst, BreakPoint.BeforeFirst):
            case (StreamFault.HangMid, BreakPoint.MidBlock):
                await HangAsync();
                return true;
            case (StreamFault.PingForever, BreakPoint.BeforeFirst):
                while (true)
                {
                    await SendAsync(StreamEvents.Ping);
                    await PauseAsync(PingInterval);
                }
            case (StreamFault.ErrorEvent, BreakPoint.MidBlock):
                await SendAsync(new StreamEvent("error", StreamEvents.ErrorOf("overloaded_error", "Overloaded", requestId)));
                return true;
            default:
                return false;
        }
    }

    private async Task SendAsync(StreamEvent e)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"event: {e.Type}\ndata: {e.Data}\n\n"), cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }

    private Task PauseAsync(TimeSpan pause) => pause == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(pause, clock, cancellationToken);

    // Ends when the client hangs up or the server stops.
    private Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken);
}
