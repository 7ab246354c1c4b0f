using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Transport;

/// <summary>
/// What the parameters of a call have to look like. The server behind would say of wrong ones no more than that something went wrong.
/// </summary>
internal static class ParameterShapes
{
    private static readonly Dictionary<string, Type> Shapes = new(StringComparer.Ordinal)
    {
        [RequestMethods.Initialize] = typeof(InitializeRequestParams),
        [RequestMethods.ToolsCall] = typeof(CallToolRequestParams),
        [RequestMethods.ResourcesRead] = typeof(ReadResourceRequestParams),
        [RequestMethods.PromptsGet] = typeof(GetPromptRequestParams),
        [RequestMethods.CompletionComplete] = typeof(CompleteRequestParams),
    };

    // Those that may be left out: then nothing is wrong with them.
    private static readonly Dictionary<string, Type> Optional = new(StringComparer.Ordinal)
    {
        [RequestMethods.ToolsList] = typeof(ListToolsRequestParams),
        [RequestMethods.ResourcesList] = typeof(ListResourcesRequestParams),
        [RequestMethods.ResourcesTemplatesList] = typeof(ListResourceTemplatesRequestParams),
        [RequestMethods.PromptsList] = typeof(ListPromptsRequestParams),
    };

    /// <summary>What is wrong with a call's parameters; null: nothing, or nobody knows the method.</summary>
    public static string? Complaint(JsonRpcRequest call)
    {
        if (call.Params is null)
            return Shapes.ContainsKey(call.Method) ? $"{call.Method} needs params" : null;
        if (!Shapes.TryGetValue(call.Method, out var shape) && !Optional.TryGetValue(call.Method, out shape))
            return null;
        try
        {
            _ = call.Params.Deserialize(McpJsonUtilities.DefaultOptions.GetTypeInfo(shape));
            return null;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or FormatException)
        {
            return $"the params of {call.Method} have the wrong shape: {Plain.Line(wrong.Message)}";
        }
    }
}
