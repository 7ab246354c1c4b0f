using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Cli.Output;

/// <summary>
/// A row of <c>ps --json</c>: run, task, state, reason, agent, model, attempt, session, workspace, branch, commit, costUsd, tokens,
/// contextPercent, question, queuedAt, startedAt, endedAt, summary. Scripts rely on exactly these names.
/// </summary>
[JsonConverter(typeof(PsRowConverter))]
internal sealed record PsRow(TaskRow Row)
{
    public static PsRow Of(TaskRow row) => new(row);
}

internal sealed class PsRowConverter : JsonConverter<PsRow>
{
    public override PsRow Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("rows are only written");

    public override void Write(Utf8JsonWriter writer, PsRow value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        TaskRowJson.WriteFields(writer, value.Row);
        writer.WriteEndObject();
    }
}
