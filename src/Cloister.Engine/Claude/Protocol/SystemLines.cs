using System.Text.Json;

namespace Cloister.Claude.Protocol;

/// <summary>The lines in which the CLI speaks about itself.</summary>
internal static class SystemLines
{
    // The largest second that DateTimeOffset can hold.
    private const long LargestUnixSecond = 253_402_300_799;

    public static StreamEvent Read(JsonElement line) => line.Text("subtype") switch
    {
        "init" => Init(line),
        "api_retry" => Retry(line),
        "compact_boundary" => Compacted(line.Field("compact_metadata")),
        "status" => new StatusChanged(line.Text("status"), line.Text("permissionMode")),
        "session_state_changed" => new SessionStateChanged(line.Text("state") ?? ""),
        "task_started" or "task_progress" or "task_updated" or "task_notification" => Task(line),
        "permission_denied" => new PermissionDenied(
            line.Text("tool_name") ?? "", line.Text("tool_use_id") ?? "", line.Text("decision_reason") ?? line.Text("message") ?? ""),
        "session_writes_lost" => new SessionWritesLost(line.Text("message") ?? line.Text("reason") ?? line.Text("error") ?? ""),
        "model_fallback" => new ModelFallback(line.Text("original_model") ?? "", line.Text("fallback_model") ?? ""),
        "model_refusal_no_fallback" => new ModelRefusal(line.Text("original_model") ?? ""),
        var other => new UnknownEvent("system", other),
    };

    public static StreamEvent RateLimit(JsonElement line)
    {
        var info = line.Field("rate_limit_info");
        var second = info.Count("resetsAt");
        return new RateLimitChanged(
            info.Text("status") ?? "",
            second is > 0 and <= LargestUnixSecond ? DateTimeOffset.FromUnixTimeSeconds(second) : null,
            info.Text("rateLimitType"));
    }

    private static SessionInit Init(JsonElement line) => new(
        line.Text("session_id") ?? "",
        line.Text("model") ?? "",
        line.Text("claude_code_version") ?? "",
        line.Text("permissionMode") ?? "",
        line.Texts("tools"),
        [.. line.Items("mcp_servers").Select(server => new McpServerState(server.Text("name") ?? "", server.Text("status") ?? ""))]);

    private static ApiRetry Retry(JsonElement line) => new(
        line.SmallCount("attempt"),
        line.SmallCount("max_retries"),
        TimeSpan.FromMilliseconds(line.SmallCount("retry_delay_ms")),
        line.Status("error_status"),
        line.Text("error") ?? "");

    private static CompactBoundary Compacted(JsonElement metadata) =>
        new(metadata.Text("trigger") ?? "", metadata.Count("pre_tokens"), metadata.Count("post_tokens"));

    private static BackgroundTask Task(JsonElement line) => new(
        line.Text("subtype")!,
        line.Text("task_id") ?? "",
        line.Text("tool_use_id"),
        line.Text("status") ?? line.Field("patch").Text("status"));
}
