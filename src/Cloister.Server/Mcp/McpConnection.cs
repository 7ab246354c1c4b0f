using Cloister.Server.Mcp.Prompts;
using Cloister.Server.Mcp.Resources;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Cloister.Server.Mcp;

/// <summary>One client's connection: what the server is, offers and answers, whatever carries the messages.</summary>
internal static class McpConnection
{
    /// <summary>What every conversation loads; what it says is paid for by each of them.</summary>
    public const string Instructions =
        "Runs coding subtasks in separate Claude Code processes, each with its own context and git worktree. Use for 2+ independent tasks, or one that would fill this context; "
        + "do small edits yourself (an agent costs ~16k tokens before it starts). spawn_agent or plan_run, then check (wait_s), read, merge. Refs like r7/api. "
        + "Never invent answers for needs_you: ask the user.";

    /// <summary>A server for one client.</summary>
    /// <param name="transport">What carries its messages.</param>
    /// <param name="desk">What it works with.</param>
    /// <param name="listed">The profiles whose tools are listed.</param>
    /// <param name="conversation">What is remembered from call to call.</param>
    /// <param name="version">Our own.</param>
    /// <param name="loggers">Never the standard output.</param>
    public static McpServer Create(
        ITransport transport, McpDesk desk, IReadOnlyList<Profile> listed, McpConversation conversation, string version, ILoggerFactory loggers) =>
        McpServer.Create(transport, Options(desk, new ToolDispatch(desk, listed, conversation, loggers.CreateLogger("Cloister.Mcp")), version), loggers);

    private static McpServerOptions Options(McpDesk desk, ToolDispatch tools, string version)
    {
        var resources = new ResourceDispatch(desk);
        var (completions, prompts) = (new Completions(desk), new PromptDispatch(desk));
        return new McpServerOptions
        {
            ServerInfo = new Implementation { Name = "cloister", Title = "Cloister", Version = version },
            ServerInstructions = Instructions,
            ScopeRequests = false,
            Capabilities = new ServerCapabilities
            {
                Tools = new ToolsCapability(),
                Resources = new ResourcesCapability(),
                Prompts = new PromptsCapability(),
                Completions = new CompletionsCapability(),
            },
            Handlers = new McpServerHandlers
            {
                ListToolsHandler = (_, _) => ValueTask.FromResult(tools.List()),
                CallToolHandler = tools.CallAsync,
                // What asks the engine blocks its thread: never the one that reads messages.
                ListResourcesHandler = (_, token) => Apart(desk, resources.ListAsync, token),
                ListResourceTemplatesHandler = (_, _) => ValueTask.FromResult(ResourceDispatch.Templates),
                ReadResourceHandler = (request, token) => Apart(desk, inner => resources.ReadAsync(request.Params.Uri, inner), token),
                CompleteHandler = (request, token) => Apart(desk, inner => completions.CompleteAsync(request.Params, inner), token),
                ListPromptsHandler = (_, token) => prompts.ListAsync(token),
                GetPromptHandler = (request, token) => prompts.GetAsync(request.Params, token),
            },
        };
    }

    private static async ValueTask<T> Apart<T>(McpDesk desk, Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        if (!desk.Load.TryBegin())
            throw new McpException(CallLoad.TooMany);
        try
        {
            return await Task.Run(() => work(cancellationToken).AsTask(), cancellationToken);
        }
        catch (CloisterException failure)
        {
            throw new McpException(ToolDispatch.Words(failure), failure);
        }
        finally
        {
            desk.Load.End();
        }
    }
}
