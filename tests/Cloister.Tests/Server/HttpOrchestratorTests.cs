using Cloister.Cli;
using Cloister.Server.Api;
using Cloister.Tests.Runs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloister.Tests.Server;

/// <summary>The verbs over the engine's local API.</summary>
public sealed class HttpOrchestratorTests : OrchestratorContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cloister-api-").FullName;
    private ApiServer? _server;

    private protected override async Task<IOrchestrator> ReachAsync(EngineRig rig)
    {
        var socket = Path.Combine(_folder, "engine.sock");
        var hello = new Hello(Protocol.Version, "0", Environment.ProcessId, "rig", _folder);
        _server = await ApiServer.StartAsync(rig.Engine, hello, socket, TimeProvider.System, NullLogger.Instance, Cancel);
        return EngineClient.Connect(socket);
    }

    protected override async ValueTask LeaveAsync()
    {
        await _server!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
