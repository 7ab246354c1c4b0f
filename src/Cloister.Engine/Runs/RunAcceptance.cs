using System.Text.Json;
using Cloister.Plans;
using Cloister.Plans.Expressions;
using Cloister.Runs.Watching;
using Cloister.Workspaces;

namespace Cloister.Runs;

/// <summary>Makes a run of a request: finds out what it starts from, and commits the one fact that it was accepted.</summary>
internal sealed class RunAcceptance(RunServices services)
{
    /// <returns>The accepted run, committed.</returns>
    public async Task<RunView> AcceptAsync(StartRun request, CancellationToken cancellationToken)
    {
        var accepted = await Git.DespiteKillsAsync(() => DescribeAsync(request, cancellationToken));
        services.ModelAccess.Remember(accepted.Run, request.ModelAccess);
        var view = RunFold.Open(accepted);
        await CommitAsync(accepted, view);
        return view;
    }

    private async Task<RunAccepted> DescribeAsync(StartRun request, CancellationToken cancellationToken)
    {
        // A board starts nothing yet, and planning needs no agents.
        if (!request.Board)
            await services.Backend.EnsureReadyAsync(cancellationToken);
        var (source, notices) = await services.Sources.ResolveAsync(request, cancellationToken);
        var agents = await services.Sources.AgentsAsync(request.Plan, source.Project, cancellationToken);
        var inputs = Bind(request);
        var now = services.Time.GetUtcNow();
        var run = new RunId(await services.Store.NextNumberAsync("run", cancellationToken));
        return new RunAccepted(run, Titled(request.Plan, run, inputs), source, agents, inputs, request.IdempotencyKey, request.Rehearsal, now)
        {
            Notices = notices,
            Board = request.Board,
            Access = request.Rehearsal is null ? services.ModelAccess.MarkOf(run, request.ModelAccess) : null,
        };
    }

    private async Task CommitAsync(RunAccepted accepted, RunView view)
    {
        try
        {
            await services.Updates.PublishAsync(async () =>
            {
                var last = await services.Store.AppendAsync(accepted.Run, null, [accepted], view, accepted.At, CancellationToken.None);
                await services.Projection.TellAsync(before: null, [accepted], last, accepted.At);
                return RunUpdates.Of(before: null, [accepted], last, accepted.At);
            });
        }
        catch (CloisterException unsure)
        {
            // It may be in the journal all the same; then only the next engine finds it.
            services.Failed.TrySetResult(unsure);
            throw;
        }
    }

    private static IReadOnlyDictionary<string, JsonElement> Bind(StartRun request)
    {
        var bound = PlanInputs.Bind(request.Plan, request.Inputs);
        return bound.Values
            ?? throw new CloisterException("plan.input", string.Join("; ", bound.Problems.Select(p => p.Message)), bound.Problems[0].Help);
    }

    // Titles never depend on other tasks, so people see the final ones from the first moment.
    private static Plan Titled(Plan plan, RunId run, IReadOnlyDictionary<string, JsonElement> inputs)
    {
        var scope = ExpressionScope.Empty with { RunId = run.ToString(), Goal = plan.Goal, Inputs = inputs };
        return plan with
        {
            Tasks = plan.Tasks.Select(task => Named(task.Matrix.Count > 0 ? task : task with { Title = TaskText.Title(task, scope) }, run)).ToList(),
        };
    }

    // The same plan may run twice, and a session has one folder.
    private static PlanTask Named(PlanTask task, RunId run) =>
        task.Session.Name is { } name ? task with { Session = task.Session with { Name = $"{run}.{name}" } } : task;
}
