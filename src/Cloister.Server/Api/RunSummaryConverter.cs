using System.Text.Json;
using System.Text.Json.Serialization;
using Cloister.Runs;

namespace Cloister.Server.Api;

/// <summary>
/// A run in a list, by hand: <c>ps</c> is typed all day, and generated code for its many kinds of values would be compiled anew at each
/// start, which takes longer than everything else it does.
/// </summary>
internal sealed class RunSummaryConverter : JsonConverter<RunSummary>
{
    /// <summary>The whole list, without the serializer around it.</summary>
    public static IReadOnlyList<RunSummary> ReadList(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var runs = new List<RunSummary>();
        foreach (var run in document.RootElement.EnumerateArray())
            runs.Add(Read(run));
        return runs;
    }

    public override RunSummary Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(JsonElement.ParseValue(ref reader));

    private static RunSummary Read(JsonElement json)
    {
        var tasks = new List<TaskRow>();
        foreach (var row in json.GetProperty("tasks").EnumerateArray())
            tasks.Add(TaskRowJson.Read(row));
        return new RunSummary(
            RunId.Parse(json.Text("run"), null),
            json.Text("name"),
            EnumWord.Phase(json.Text("phase")),
            json.TextOrNull("outcome") is { } outcome ? EnumWord.Outcome(outcome) : null,
            json.Text("project"),
            json.TextOrNull("base"),
            json.Text("integrationBranch"),
            json.GetProperty("costUsd").GetDecimal(),
            json.OrNull("budgetUsd") is { } budget ? budget.GetDecimal() : null,
            json.GetProperty("acceptedAt").GetDateTimeOffset(),
            json.OrNull("finishedAt") is { } finished ? finished.GetDateTimeOffset() : null,
            tasks)
        {
            Board = json.GetProperty("board").GetBoolean(),
            Rehearsed = json.GetProperty("rehearsed").GetBoolean(),
        };
    }

    public override void Write(Utf8JsonWriter writer, RunSummary value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("run", value.Run.ToString());
        writer.WriteString("name", value.Name);
        writer.WriteString("phase", EnumWord.Of(value.Phase));
        writer.WriteString("outcome", value.Outcome is { } outcome ? EnumWord.Of(outcome) : null);
        writer.WriteString("project", value.Project);
        writer.WriteString("base", value.Base);
        writer.WriteString("integrationBranch", value.IntegrationBranch);
        writer.WriteNumber("costUsd", value.CostUsd);
        writer.WriteNumberOrNull("budgetUsd", value.BudgetUsd);
        writer.WriteString("acceptedAt", value.AcceptedAt);
        writer.WriteTimeOrNull("finishedAt", value.FinishedAt);
        writer.WriteStartArray("tasks");
        foreach (var row in value.Tasks)
        {
            writer.WriteStartObject();
            TaskRowJson.WriteFields(writer, row);
            writer.WriteString("detail", row.Detail);
            writer.WriteString("sessionName", row.SessionName);
            writer.WriteString("parent", row.Parent);
            Write(writer, row.Report);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteBoolean("board", value.Board);
        writer.WriteBoolean("rehearsed", value.Rehearsed);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, CallerReport? report)
    {
        if (report is null)
        {
            writer.WriteNull("report");
            return;
        }
        writer.WriteStartObject("report");
        writer.WriteString("need", EnumWord.Of(report.Need));
        writer.WriteString("summary", report.Summary);
        writer.WriteEndObject();
    }
}
