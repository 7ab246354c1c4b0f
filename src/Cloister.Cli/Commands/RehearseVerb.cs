using System.CommandLine;
using Cloister.Cli.Output;
using Cloister.Cli.Planning;
using Cloister.Rehearsal;

namespace Cloister.Cli.Commands;

/// <summary><c>cloister rehearse</c>: serves a scenario alone, for any <c>claude</c> to run against.</summary>
internal static class RehearseVerb
{
    private const int LastPort = 65_535;

    public static Verb Create()
    {
        var scenario = new Argument<string?>("SCENARIO") { Description = "A scenario file, or the name of a built-in one; default: every prompt ends politely", Arity = ArgumentArity.ZeroOrOne };
        var port = new Option<int?>("--port") { Description = "Port on 127.0.0.1; a free one when left out", HelpName = "n", CustomParser = result => Counts.Parse(result, LastPort) };
        return new Verb("rehearse", "Serve a scripted model on loopback, until ctrl-c", (context, cancellationToken) =>
            ServeAsync(context, context.Line.GetValue(scenario) ?? "default", context.Line.GetValue(port) ?? 0, cancellationToken))
        {
            scenario, port,
        };
    }

    private static async Task<int> ServeAsync(VerbContext context, string name, int port, CancellationToken cancellationToken)
    {
        var scenario = Scenario.Parse(await RunStart.ScenarioAsync(context.Folder, name, cancellationToken), name);
        await using var server = await StartAsync(context, scenario, port, cancellationToken);
        var address = server.BaseAddress.ToString().TrimEnd('/');
        context.Show(new RehearsalReport(address, name), () => CliJson.Default.RehearsalReport, _ => context.Terminal.Print($"ANTHROPIC_BASE_URL={address} ANTHROPIC_API_KEY=sk-ant-rehearsal"));
        context.Hint($"scenario {name}; ctrl-c ends it");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // This is how it is meant to end.
        }
        return ExitCode.Ok;
    }

    private static async Task<RehearsalServer> StartAsync(VerbContext context, Scenario scenario, int port, CancellationToken cancellationToken)
    {
        var options = new RehearsalOptions
        {
            Port = port,
            OnRequest = request => context.Hint($"{request.Endpoint} turn {request.Turn}: {request.Rule} → {request.Status}"),
        };
        try
        {
            return await RehearsalServer.StartAsync(scenario, options, cancellationToken);
        }
        catch (IOException taken)
        {
            throw new CloisterException("rehearsal.port", $"port {port} cannot be used: {taken.Message}", "choose another --port, or leave it out", taken);
        }
    }
}
