using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Cloister.Server.Mcp;

/// <summary>Lists tools and calls them: any number side by side, each with a sign of life while it lasts, and every failure in words.</summary>
/// <param name="desk">What tools work with.</param>
/// <param name="listed">The profiles whose tools are shown.</param>
/// <param name="conversation">What is remembered from call to call.</param>
/// <param name="logger">What nobody is told.</param>
internal sealed partial class ToolDispatch(McpDesk desk, IReadOnlyList<Profile> listed, McpConversation conversation, ILogger logger)
{
    private static readonly Dictionary<string, McpTool> Callable =
        Profile.All.SelectMany(profile => profile.Tools).DistinctBy(tool => tool.Name, StringComparer.Ordinal).ToDictionary(tool => tool.Name, StringComparer.Ordinal);


    /// <summary>What <c>tools/list</c> answers.</summary>
    public ListToolsResult List() => new()
    {
        Tools = [.. listed.SelectMany(profile => profile.Tools).DistinctBy(tool => tool.Name, StringComparer.Ordinal).Select(tool => tool.Definition)],
    };

    /// <summary>Calls a tool.</summary>
    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var name = request.Params.Name;
        if (!Callable.TryGetValue(name, out var tool))
            throw new McpProtocolException($"there is no tool \"{Plain.Line(name)}\"; there are: {string.Join(", ", List().Tools.Select(known => known.Name))}", McpErrorCode.InvalidParams);
        if (!desk.Load.TryBegin())
            return ToolAnswer.Refusal(CallLoad.TooMany);
        try
        {
            // A thread of its own: what the engine is asked blocks its caller, and calls must not wait for each other.
            return await Task.Run(() => RunAsync(tool, request, cancellationToken), cancellationToken);
        }
        finally
        {
            desk.Load.End();
        }
    }

    private async Task<CallToolResult> RunAsync(McpTool tool, RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var caller = new McpCaller(request.Server, conversation, request.Params.Meta);
        try
        {
            await using var pulse = Pulse.Start(request.Server, request.Params.ProgressToken, () => caller.Doing ?? tool.Name, desk.Time);
            var arguments = ToolArguments.Read(request.Params.Arguments ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal), tool.Parameters, tool.Name);
            return (await tool.Run(new ToolCall(desk, arguments, caller), cancellationToken)).ToResult();
        }
        catch (CloisterException failure)
        {
            return ToolAnswer.Refusal(Words(failure));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // The edge of a call: whatever it does, the server and its other calls go on.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            LogFailed(logger, tool.Name, bug);
            return ToolAnswer.Refusal($"{tool.Name} failed inside cloister: {Plain.Line(bug.Message)}. Runs go on; the server's error output has the whole of it");
        }
    }

    /// <summary>A failure as a model reads it: what, and what to do.</summary>
    public static string Words(CloisterException failure) =>
        failure.Hint is { } hint ? $"{failure.Message}. {CallHints.Of(hint)} [{failure.Code}]" : $"{failure.Message} [{failure.Code}]";

    [LoggerMessage(EventId = 801, EventName = "mcp.failed", Level = LogLevel.Error, Message = "{Tool} failed")]
    private static partial void LogFailed(ILogger logger, string tool, Exception bug);
}
