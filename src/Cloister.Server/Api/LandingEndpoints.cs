using Cloister.Landing;
using Cloister.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Cloister.Server.Api;

/// <summary>Changes: look, merge, land.</summary>
internal static class LandingEndpoints
{
    public static void MapLanding(this IEndpointRouteBuilder api, IOrchestrator orchestrator)
    {
        api.MapGet("/runs/{run}/diff", (RunId run, string? task, int? from, int? to, CancellationToken cancellationToken) =>
            orchestrator.DiffAsync(new DiffRequest(run, task, from, to), cancellationToken));

        api.MapPost("/merges", (MergeRequest request, CancellationToken cancellationToken) =>
            orchestrator.MergeAsync(request, cancellationToken));

        api.MapPost("/runs/{run}/land", (RunId run, CancellationToken cancellationToken) =>
            orchestrator.LandAsync(run, cancellationToken));
    }
}
