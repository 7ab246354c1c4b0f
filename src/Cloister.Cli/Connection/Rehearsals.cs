using System.Globalization;
using Cloister.Rehearsal;
using Cloister.Runs;

namespace Cloister.Cli.Connection;

/// <summary>
/// The scripted model servers of an engine, one for each run that rehearses. A run keeps its port over engines, so that agents that outlive
/// one find their model again under the next.
/// </summary>
internal sealed class Rehearsals(StateFolder state) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<RehearsalServer> _servers = [];

    /// <summary>Serves a scenario and gives the variables that lead an agent to it.</summary>
    public async Task<IReadOnlyDictionary<string, string>> StartAsync(RunId run, string scenario, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var server = await ServeAsync(run, Scenario.Parse(scenario, "scenario"), cancellationToken);
            _servers.Add(server);
            return new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ANTHROPIC_BASE_URL"] = server.BaseAddress.ToString().TrimEnd('/'),
                ["ANTHROPIC_API_KEY"] = "sk-ant-rehearsal",
                // A proxy would look for our loopback address on its own machine.
                ["NO_PROXY"] = "127.0.0.1",
                ["no_proxy"] = "127.0.0.1",
            };
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        _gate.Dispose();
    }

    private async Task<RehearsalServer> ServeAsync(RunId run, Scenario scenario, CancellationToken cancellationToken)
    {
        var file = Path.Combine(state.Root, $"engine.rehearsal-{run}.port");
        if (File.Exists(file) && int.TryParse(await File.ReadAllTextAsync(file, cancellationToken), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            try
            {
                return await RehearsalServer.StartAsync(scenario, new RehearsalOptions { Port = port }, cancellationToken);
            }
            catch (IOException)
            {
                // Somebody else has it by now; agents that started under the last engine will fail and be tried again.
            }
        }
        var server = await RehearsalServer.StartAsync(scenario, cancellationToken: cancellationToken);
        await File.WriteAllTextAsync(file, server.BaseAddress.Port.ToString(CultureInfo.InvariantCulture), cancellationToken);
        return server;
    }
}
