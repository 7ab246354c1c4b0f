using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Cloister.Server.Api;

/// <summary>The engine itself.</summary>
internal static class EngineEndpoints
{
    public static void MapEngine(this IEndpointRouteBuilder api, IOrchestrator orchestrator, Hello hello)
    {
        api.MapGet("/hello", () => hello);

        api.MapGet("/status", (CancellationToken cancellationToken) =>
            orchestrator.StatusAsync(cancellationToken));
    }
}
