using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Cloister.Rehearsal.Http;

/// <summary>What the server tells other processes about itself and about what it was asked.</summary>
internal sealed class LogEndpoint(string scenario, RequestLog log)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Task HealthAsync(AnswerWriter answer) => AnswerAsync(answer, new { status = "ok", scenario });

    /// <summary>All requests, or those of one path prefix.</summary>
    public Task ListAsync(AnswerWriter answer, string prefix) => AnswerAsync(answer, new
    {
        schemaVersion = 1,
        scenario,
        requests = log.Snapshot().Where(r => prefix.Length == 0 || string.Equals(r.Prefix, prefix, StringComparison.Ordinal)),
    });

    public Task ShowBodyAsync(AnswerWriter answer, long sequence) =>
        log.Snapshot().FirstOrDefault(r => r.Sequence == sequence)?.Body is { } body
            ? answer.WriteJsonAsync(StatusCodes.Status200OK, body)
            : answer.RefuseAsync(StatusCodes.Status404NotFound, "not_found_error", $"the body of request {sequence} is not kept");

    private static Task AnswerAsync(AnswerWriter answer, object value) =>
        answer.WriteJsonAsync(StatusCodes.Status200OK, JsonSerializer.Serialize(value, Json));
}
