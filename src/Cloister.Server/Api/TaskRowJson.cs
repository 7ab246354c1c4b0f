using System.Text.Json;
using Cloister.Accounting;
using Cloister.Runs;

namespace Cloister.Server.Api;

/// <summary>A task in a list, by hand for the same reason as its run. Its fields are also the rows of <c>ps --json</c>.</summary>
internal static class TaskRowJson
{
    public static TaskRow Read(JsonElement json)
    {
        var tokens = json.GetProperty("tokens");
        return new TaskRow(
            RunId.Parse(json.Text("run"), null),
            json.Text("task"),
            EnumWord.State(json.Text("state")),
            json.TextOrNull("reason") is { } reason ? EnumWord.Reason(reason) : null,
            json.TextOrNull("agent"),
            json.TextOrNull("model"),
            json.GetProperty("attempt").GetInt32(),
            json.OrNull("session") is { } session ? session.GetGuid() : null,
            json.TextOrNull("workspace"),
            json.TextOrNull("branch"),
            json.TextOrNull("commit"),
            json.GetProperty("costUsd").GetDecimal(),
            new TokenUsage(tokens.Count("input"), tokens.Count("cacheRead"), tokens.Count("cacheWrite"), tokens.Count("output")),
            json.OrNull("contextPercent") is { } percent ? percent.GetDouble() : null,
            json.TextOrNull("question") is { } question ? QuestionId.Parse(question, null) : null,
            json.GetProperty("queuedAt").GetDateTimeOffset(),
            json.OrNull("startedAt") is { } started ? started.GetDateTimeOffset() : null,
            json.OrNull("endedAt") is { } ended ? ended.GetDateTimeOffset() : null,
            json.TextOrNull("summary"),
            json.TextOrNull("detail"))
        {
            SessionName = json.TextOrNull("sessionName"),
            Parent = json.TextOrNull("parent"),
            Report = json.OrNull("report") is { } report ? new CallerReport(EnumWord.Need(report.Text("need")), report.Text("summary")) : null,
        };
    }

    /// <summary>Everything but the detail, which is for people.</summary>
    public static void WriteFields(Utf8JsonWriter writer, TaskRow row)
    {
        writer.WriteString("run", row.Run.ToString());
        writer.WriteString("task", row.Task);
        writer.WriteString("state", EnumWord.Of(row.State));
        writer.WriteString("reason", row.Reason is { } reason ? EnumWord.Of(reason) : null);
        writer.WriteString("agent", row.Agent);
        writer.WriteString("model", row.Model);
        writer.WriteNumber("attempt", row.Attempt);
        writer.WriteString("session", row.Session?.ToString("D"));
        writer.WriteString("workspace", row.Workspace);
        writer.WriteString("branch", row.Branch);
        writer.WriteString("commit", row.Commit);
        writer.WriteNumber("costUsd", row.CostUsd);
        writer.WriteStartObject("tokens");
        writer.WriteNumber("input", row.Tokens.Input);
        writer.WriteNumber("cacheRead", row.Tokens.CacheRead);
        writer.WriteNumber("cacheWrite", row.Tokens.CacheWrite);
        writer.WriteNumber("output", row.Tokens.Output);
        writer.WriteEndObject();
        if (row.ContextPercent is { } percent)
            writer.WriteNumber("contextPercent", percent);
        else
            writer.WriteNull("contextPercent");
        writer.WriteString("question", row.Question?.ToString());
        writer.WriteString("queuedAt", row.QueuedAt);
        writer.WriteTimeOrNull("startedAt", row.StartedAt);
        writer.WriteTimeOrNull("endedAt", row.EndedAt);
        writer.WriteString("summary", row.Summary);
    }
}

/// <summary>Values that may be missing.</summary>
internal static class JsonByHand
{
    public static string Text(this JsonElement json, string name) => json.GetProperty(name).GetString() ?? throw new JsonException($"{name} is null");

    public static string? TextOrNull(this JsonElement json, string name) => json.OrNull(name)?.GetString();

    public static long Count(this JsonElement json, string name) => json.GetProperty(name).GetInt64();

    public static JsonElement? OrNull(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static void WriteNumberOrNull(this Utf8JsonWriter writer, string name, decimal? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }

    public static void WriteTimeOrNull(this Utf8JsonWriter writer, string name, DateTimeOffset? value)
    {
        if (value is { } time)
            writer.WriteString(name, time);
        else
            writer.WriteNull(name);
    }
}
