using System.CommandLine;
using System.Globalization;
using System.Net;
using Cloister.Cli.Mcp;
using Cloister.Cli.Output;
using Cloister.Server.Mcp.Http;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister serve</c>: the MCP tools over HTTP, for clients that start no programs themselves.</summary>
internal static class ServeVerb
{
    private const int DefaultPort = 4777;

    private const int LargestPort = 65_535;

    private sealed record Flags(Option<int?> Port, Option<string?> Bind, Option<bool> AllowRemote, Option<string[]> Host, Option<string[]> Tools, Option<string?> Rehearse);

    public static Verb Create()
    {
        var flags = new Flags(
            new Option<int?>("--port") { Description = $"Where it listens (default {DefaultPort}; 0: any that is free)", HelpName = "port", CustomParser = Port },
            new Option<string?>("--bind") { Description = "The address it listens on (default 127.0.0.1)", HelpName = "address" },
            new Option<bool>("--allow-remote") { Description = "Let --bind be an address that other machines reach" },
            new Option<string[]>("--host") { Description = "Another name under which clients call it", HelpName = "name" },
            McpVerb.ToolsOption(),
            McpVerb.RehearseOption());
        return new Verb("serve", "MCP tools over HTTP, until ctrl-c", (context, cancellationToken) => ServeAsync(context, flags, cancellationToken))
        {
            flags.Port, flags.Bind, flags.AllowRemote, flags.Host, flags.Tools, flags.Rehearse,
        };
    }

    private static async Task<int> ServeAsync(VerbContext context, Flags flags, CancellationToken cancellationToken)
    {
        var line = context.Line;
        var address = Address(line.GetValue(flags.Bind) ?? "127.0.0.1", line.GetValue(flags.AllowRemote));
        var profiles = McpVerb.Profiles(context, flags.Tools);
        var options = new McpHttpOptions(address, line.GetValue(flags.Port) ?? DefaultPort, HttpToken.Of(context.State), [address.ToString(), .. line.GetValue(flags.Host) ?? []]);
        var desk = await McpVerb.DeskAsync(context, flags.Rehearse, cancellationToken);
        McpVerb.MakeThreads();
        using var loggers = new ErrorOutputLogger(context.Terminal, context.Verbose);
        await using var server = await McpHttpServer.StartAsync(options, desk, profiles, VersionVerb.Version, loggers, cancellationToken);
        Say(context, server.Address, options.Token);
        await Task.Delay(Timeout.InfiniteTimeSpan, context.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCode.Ok;
    }

    private static void Say(VerbContext context, Uri address, string token)
    {
        context.Terminal.Print(new Styled("listening on ", new Piece(address.ToString(), Tone.Path)));
        context.Terminal.Print($"claude mcp add --transport http cloister {address} --header \"Authorization: Bearer {token}\"");
        context.Hint($"the token is kept in {HttpToken.PathOf(context.State)}; whoever has it can start agents with your rights");
    }

    private static IPAddress Address(string text, bool allowRemote)
    {
        var address = text.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            ? IPAddress.Loopback
            : IPAddress.TryParse(text, out var given) ? given : throw new CloisterException("usage.bind", $"\"{text}\" is no address", "--bind 127.0.0.1");
        return allowRemote || IPAddress.IsLoopback(address) ? address : throw new CloisterException(
            "usage.bind", $"other machines reach {address}, and whoever has the token starts agents with your rights", "if that is meant: --allow-remote, and let a proxy in front of it speak TLS");
    }

    private static int? Port(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens is [var token] ? token.Value : "";
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= LargestPort)
            return port;
        result.AddError($"\"{text}\" is not a port from 0 to {LargestPort}");
        return null;
    }
}
