using System.Text.Json;

namespace Cloister.Claude.Protocol;

/// <summary>The lines of the control channel that come from the CLI.</summary>
internal static class ControlLines
{
    public static StreamEvent Request(JsonElement line)
    {
        var id = line.Text("request_id") ?? "";
        var request = line.Field("request");
        return request.Text("subtype") switch
        {
            "can_use_tool" => new CanUseTool(
                id, request.Text("tool_name") ?? "", Copy(request.Field("input")), request.Text("tool_use_id") ?? "",
                request.Text("decision_reason")),
            "mcp_message" => new McpMessage(id, request.Text("server_name") ?? "", Copy(request.Field("message"))),
            "elicitation" => new Elicitation(id),
            var other => new OtherControlRequest(id, other ?? ""),
        };
    }

    public static StreamEvent Response(JsonElement line)
    {
        var response = line.Field("response");
        var id = response.Text("request_id") ?? "";
        if (response.Text("subtype") != "success")
            return new ControlResponse(id, response.Text("error") ?? "refused", null);
        var content = response.Field("response");
        return new ControlResponse(id, null, content.ValueKind == JsonValueKind.Object ? content.Clone() : null);
    }

    private static JsonElement Copy(JsonElement element) => element.ValueKind == JsonValueKind.Undefined ? element : element.Clone();
}
