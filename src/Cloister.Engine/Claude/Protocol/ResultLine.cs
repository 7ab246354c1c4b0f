using System.Text.Json;
using Cloister.Accounting;

namespace Cloister.Claude.Protocol;

/// <summary>The <c>result</c> line that ends a turn.</summary>
internal static class ResultLine
{
    public static TurnResult Read(JsonElement line)
    {
        var structured = line.Field("structured_output");
        var since = line.Field("model_usage_since_last_result");
        return new TurnResult(
            line.Text("subtype") ?? "",
            // Absent or of the wrong type is not "no error".
            line.Field("is_error").ValueKind != JsonValueKind.False,
            line.Status("api_error_status"),
            line.Text("terminal_reason"),
            line.Text("result"),
            line.Texts("errors"),
            structured.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : structured.Clone(),
            line.SmallCount("num_turns"),
            line.Money("total_cost_usd"),
            Usages(line.Field("modelUsage")),
            since.ValueKind == JsonValueKind.Object ? Usages(since) : null,
            [.. line.Items("permission_denials").Select(denial => denial.Text("tool_name") ?? "")]);
    }

    private static IReadOnlyList<ModelUsage> Usages(JsonElement models)
    {
        if (models.ValueKind != JsonValueKind.Object)
            return [];
        return [.. models.EnumerateObject().Select(model => new ModelUsage(
            model.Name,
            new TokenUsage(
                model.Value.Count("inputTokens"),
                model.Value.Count("cacheReadInputTokens"),
                model.Value.Count("cacheCreationInputTokens"),
                model.Value.Count("outputTokens")),
            model.Value.Money("costUSD"),
            model.Value.Count("contextWindow")))];
    }
}
