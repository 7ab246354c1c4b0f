using System.Text.Json;
using Cloister.Rehearsal.Answering;
using Cloister.Rehearsal.Messages;
using Cloister.Rehearsal.Scenarios;
using Microsoft.AspNetCore.Http;

namespace Cloister.Rehearsal.Http;

/// <summary>The Messages API as Claude Code calls it.</summary>
internal sealed class MessagesEndpoint(ScriptedModel model, RehearsalOptions options, MarkerSearch markers, RequestLog log)
{
    /// <summary>The log keeps the beginning of a text; whole bodies are kept on request.</summary>
    private const int LoggedTextLength = 4096;

    // A tool's schema may nest; a request that nests deeper than this is not Claude Code's.
    private static readonly JsonDocumentOptions BodyOptions = new() { MaxDepth = 512 };

    private int _openAnswers;

    /// <summary>Answers that are being sent, hanging ones too.</summary>
    public int OpenAnswers => Volatile.Read(ref _openAnswers);

    public async Task AnswerAsync(HttpRequest http, AnswerWriter writer, string prefix, CancellationToken cancellationToken)
    {
        var sequence = log.NextSequence();
        using var body = await JsonDocument.ParseAsync(http.Body, BodyOptions, cancellationToken);
        await KeepAsync(body.RootElement, sequence, cancellationToken);
        var request = RequestReader.Read(body.RootElement, http.Headers, prefix);
        var answer = model.Answer(request);
        var record = Describe(body.RootElement, request, sequence) with
        {
            Rule = answer.Rule,
            Step = answer.Step,
            Status = answer.Error?.Status ?? StatusCodes.Status200OK,
            Fault = answer.Fault is { } fault ? StreamFaults.WordFor(fault) : null,
            Usage = answer.Message?.Usage ?? RequestUsage.None,
        };
        Record(record);
        Interlocked.Increment(ref _openAnswers);
        try
        {
            if (options.Hold is { } hold)
                await hold(record, cancellationToken);
            await writer.WriteAsync(answer, request.Streams, $"req_{sequence:D8}");
        }
        finally
        {
            Interlocked.Decrement(ref _openAnswers);
        }
    }

    public async Task CountAsync(HttpRequest http, AnswerWriter writer, string prefix, CancellationToken cancellationToken)
    {
        var sequence = log.NextSequence();
        using var body = await JsonDocument.ParseAsync(http.Body, BodyOptions, cancellationToken);
        await KeepAsync(body.RootElement, sequence, cancellationToken);
        var request = RequestReader.Read(body.RootElement, http.Headers, prefix);
        Record(Describe(body.RootElement, request, sequence) with { Endpoint = "count_tokens" });
        await writer.WriteJsonAsync(StatusCodes.Status200OK, JsonSerializer.Serialize(new { input_tokens = UsageMeter.Count(request) }));
    }

    private void Record(RequestRecord record)
    {
        log.Add(record);
        options.OnRequest?.Invoke(record);
    }

    private RequestRecord Describe(JsonElement body, MessagesRequest request, long sequence)
    {
        var last = request.Conversation.LastText(request.Conversation.Turn);
        return new RequestRecord
        {
            Sequence = sequence,
            At = options.Clock.GetUtcNow(),
            Endpoint = "messages",
            Prefix = request.Prefix,
            Session = request.Session,
            Agent = request.Agent,
            Credentials = request.Credentials,
            Model = request.Model,
            Streams = request.Streams,
            Bytes = request.Bytes,
            Tokens = UsageMeter.Count(request),
            Markers = markers.In(body),
            Tools = request.ToolNames,
            Messages = request.MessageCount,
            Turn = request.Conversation.Turn,
            LastUserText = last.Length <= LoggedTextLength ? last : last[..LoggedTextLength],
            Compaction = request.IsCompaction,
            Rule = "",
            Step = 1,
            Status = StatusCodes.Status200OK,
            Fault = null,
            Usage = RequestUsage.None,
            Body = options.KeepBodies ? body.GetRawText() : null,
        };
    }

    private async Task KeepAsync(JsonElement body, long sequence, CancellationToken cancellationToken)
    {
        if (options.BodiesDirectory is not { } directory)
            return;
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, $"{sequence:D6}.json"), body.GetRawText(), cancellationToken);
    }
}
