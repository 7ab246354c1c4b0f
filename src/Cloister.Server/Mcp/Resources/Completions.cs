using Cloister.Runs;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Resources;

/// <summary>What could stand at a place of an address or of a prompt.</summary>
/// <param name="desk">The runs.</param>
internal sealed class Completions(McpDesk desk)
{
    // As many as the protocol allows in one answer.
    private const int Most = 100;

    public async ValueTask<CompleteResult> CompleteAsync(CompleteRequestParams request, CancellationToken cancellationToken)
    {
        var given = request.Context?.Arguments;
        var known = request.Argument.Name switch
        {
            "run" => (await RunsAsync(cancellationToken)).Select(run => run.Run.ToString()),
            "task" => (await RunsAsync(cancellationToken)).Where(run => IsRun(run, given)).SelectMany(run => run.Tasks).Select(row => row.Task),
            "name" => await ArtifactsAsync(given, cancellationToken),
            _ => [],
        };
        var fitting = known.Where(value => value.StartsWith(request.Argument.Value, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).ToList();
        return new CompleteResult { Completion = new Completion { Values = [.. fitting.Take(Most)], Total = fitting.Count, HasMore = fitting.Count > Most } };
    }

    private Task<IReadOnlyList<RunSummary>> RunsAsync(CancellationToken cancellationToken) => desk.Orchestrator.ListAsync(all: true, cancellationToken);

    private static bool IsRun(RunSummary run, IDictionary<string, string>? given) =>
        given is null || !given.TryGetValue("run", out var wanted) || run.Run.ToString() == wanted;

    private async Task<IEnumerable<string>> ArtifactsAsync(IDictionary<string, string>? given, CancellationToken cancellationToken)
    {
        if (given is null || !given.TryGetValue("run", out var run) || !given.TryGetValue("task", out var task) || !TaskRef.TryParse($"{run}/{task}", null, out var reference))
            return [];
        var view = await desk.Orchestrator.GetAsync(reference.Run, cancellationToken);
        return view.Tasks.TryGetValue(reference.Task, out var found) ? found.Attempts.SelectMany(attempt => attempt.Artifacts).Select(artifact => artifact.Name) : [];
    }
}
