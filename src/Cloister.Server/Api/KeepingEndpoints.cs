using Cloister.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Cloister.Server.Api;

/// <summary>Forgetting, bringing back and freeing disk.</summary>
internal static class KeepingEndpoints
{
    public static void MapKeeping(this IEndpointRouteBuilder api, IOrchestrator orchestrator)
    {
        api.MapDelete("/runs/{run}", (RunId run, string? task, CancellationToken cancellationToken) =>
            orchestrator.RemoveAsync(run, task, cancellationToken));

        api.MapPost("/runs/{run}/restore", (RunId run, string? task, CancellationToken cancellationToken) =>
            orchestrator.RestoreAsync(run, task, cancellationToken));

        api.MapPost("/workspaces/collect", (bool remove, CancellationToken cancellationToken) =>
            orchestrator.CollectAsync(remove, cancellationToken));
    }
}
