using System.CommandLine;
using Cloister.Cli.Mcp;
using Cloister.Cli.Output;
using Cloister.Cli.Planning;
using Cloister.Delegation;
using Cloister.Server.Mcp;
using Cloister.Server.Mcp.Callers;
using Cloister.Server.Mcp.Transport;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister mcp</c>: the verbs as tools for Claude Code, Claude Desktop and other MCP clients, over the standard streams.</summary>
internal static class McpVerb
{
    // Calls that ask the engine block their threads; as many at once answer without waiting for the pool to grow.
    private const int Threads = 16;

    public static Verb Create()
    {
        var tools = ToolsOption();
        var rehearse = RehearseOption();
        return new Verb("mcp", "Tools for MCP clients on stdin and stdout; mcp install registers them", async (context, cancellationToken) =>
        {
            var profiles = Profiles(context, tools);
            var desk = await DeskAsync(context, rehearse, cancellationToken);
            return await ServeAsync(context, desk, profiles, cancellationToken);
        })
        {
            tools, rehearse, McpInstallVerb.Create(),
        };
    }

    /// <summary><c>--tools</c>, as mcp and serve take it.</summary>
    public static Option<string[]> ToolsOption() => new("--tools")
    {
        Description = "Which tools are listed: core (default), compat, or both",
        HelpName = "profile",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary><c>--rehearse</c>, as mcp and serve take it.</summary>
    public static Option<string?> RehearseOption() => new("--rehearse")
    {
        Description = "Let a scenario answer instead of a model in every run started here",
        HelpName = "scenario",
        Arity = ArgumentArity.ExactlyOne,
    };

    public static IReadOnlyList<Profile> Profiles(VerbContext context, Option<string[]> tools)
    {
        var names = (context.Line.GetValue(tools) ?? []).SelectMany(given => given.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        return Profile.Named(names.Count == 0 ? [Profile.Core.Name] : names);
    }

    /// <summary>What the tools work with: the project around the folder, with the settings that hold there.</summary>
    public static async Task<McpDesk> DeskAsync(VerbContext context, Option<string?> rehearse, CancellationToken cancellationToken) => new()
    {
        Orchestrator = context.StartingOrchestrator,
        Project = context.Project,
        Environment = context.Environment,
        Time = context.Time,
        Rehearsal = context.Line.GetValue(rehearse) is { } scenario ? await RunStart.ScenarioAsync(context.Folder, scenario, cancellationToken) : null,
        Defaults = () =>
        {
            var settings = Configuration.Settings.Load(context.State, context.Environment);
            return new RunDefaults(settings["agent"], settings["model"], settings.BudgetUsd)
            {
                Isolation = settings["isolation.mode"] is { } word && IsolationWord.TryParse(word, out var mode) ? mode : null,
            };
        },
    };

    /// <summary>Threads for calls side by side.</summary>
    public static void MakeThreads()
    {
        ThreadPool.GetMinThreads(out _, out var ports);
        ThreadPool.SetMinThreads(Threads, ports);
    }

    private static async Task<int> ServeAsync(VerbContext context, McpDesk desk, IReadOnlyList<Profile> profiles, CancellationToken cancellationToken)
    {
        MakeThreads();
        using var loggers = new ErrorOutputLogger(context.Terminal, context.Verbose);
        var conversation = new McpConversation { Transcripts = CallerTranscripts.Of(context.Environment, context.Time) };
        await using var transport = new StdioTransport(StandardStream.OpenInput(), StandardStream.Open(1), context.Time, loggers);
        await using var server = McpConnection.Create(transport, desk, profiles, conversation, VersionVerb.Version, loggers);
        await server.RunAsync(cancellationToken);
        return ExitCode.Ok;
    }
}
