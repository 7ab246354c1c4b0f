using Cloister.Accounting;
using Cloister.Delegation;
using Cloister.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Cloister.Server.Api;

/// <summary>Runs: start, list, read, steer.</summary>
internal static class RunEndpoints
{
    public static void MapRuns(this IEndpointRouteBuilder api, IOrchestrator orchestrator)
    {
        api.MapPost("/runs", (StartRun request, CancellationToken cancellationToken) =>
            orchestrator.StartAsync(request, cancellationToken));

        api.MapGet("/runs", (bool? all, CancellationToken cancellationToken) =>
            orchestrator.ListAsync(all ?? false, cancellationToken));

        api.MapGet("/runs/{run}", (RunId run, CancellationToken cancellationToken) =>
            orchestrator.GetAsync(run, cancellationToken));

        api.MapPost("/runs/{run}/control", (RunId run, string? task, RunCommand command, CancellationToken cancellationToken) =>
            orchestrator.ControlAsync(run, task, command, cancellationToken));

        api.MapGet("/runs/{run}/brief", (RunId run, string task, CancellationToken cancellationToken) =>
            orchestrator.BriefAsync(new TaskRef(run, task), cancellationToken));

        api.MapGet("/runs/{run}/advice", (RunId run, string task, long? tokens, long? window, string? model, CancellationToken cancellationToken) =>
            orchestrator.AdviseAsync(new TaskRef(run, task), Caller(tokens, window, model), cancellationToken));

        api.MapGet("/runs/{run}/log", (RunId run, string task, int attempt, long? offset, CancellationToken cancellationToken) =>
            orchestrator.ReadLogAsync(new AttemptRef(new TaskRef(run, task), attempt), offset ?? 0, cancellationToken));

        api.MapGet("/runs/{run}/artifact", (RunId run, string task, int attempt, string name, long? offset, CancellationToken cancellationToken) =>
            orchestrator.ReadArtifactAsync(new AttemptRef(new TaskRef(run, task), attempt), name, offset ?? 0, cancellationToken));
    }

    private static CallerContext? Caller(long? tokens, long? window, string? model) => tokens is > 0 and <= CallerContext.MostTokens && window is > 0
        ? new CallerContext(tokens.Value, window.Value, model is null ? null : PriceList.NameOf(model))
        : null;
}
