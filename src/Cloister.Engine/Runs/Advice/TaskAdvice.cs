using System.Collections.Concurrent;
using Cloister.Agents;
using Cloister.Delegation;

namespace Cloister.Runs.Advice;

/// <summary>Whether a task should be given to an agent of its own, with what the newest runs have taught, and whether one can begin.</summary>
internal sealed class TaskAdvice(RunServices services)
{
    // Older ones were other versions and other work; a run is read once and remembered.
    private const int MostRuns = 20;

    private readonly ConcurrentDictionary<RunId, Experience> _finished = new();
    private readonly BeginningObstacles _obstacles = new(services);

    public async Task<IsolationAdvice> OfAsync(RunView view, string id, CancellationToken cancellationToken)
    {
        var task = view.TaskOf(id);
        var name = task.AgentOverride ?? task.Definition.Agent;
        var agent = view.Agents[name];
        var past = await PastAsync(view, cancellationToken);
        var delegation = new DelegationTask(name, task.Definition.Prompt)
        {
            IndependentSubtasks = IndependentSubtasks(view, id),
            Steps = DelegationTask.StepsIn(task.Definition.Prompt),
        };
        var estimate = ReasoningEstimate.Of(delegation, [.. past.SelectMany(one => one.Tasks)]);
        var overhead = Experience.Overhead(past).Of(name, task.ModelOverride ?? task.Definition.Model ?? agent.Model);
        // How full the window of whoever asks is, nobody here knows.
        var advice = DelegationAdvice.Of(delegation, estimate, overhead, contextUsage: 0);
        var reads = !WritingTools.MayWrite(agent with { PermissionMode = task.Definition.PermissionMode ?? agent.PermissionMode });
        return new IsolationAdvice(advice, await _obstacles.OfAsync(view, task, cancellationToken), reads);
    }

    private static int IndependentSubtasks(RunView view, string id)
    {
        var parts = view.TasksInOrder.Where(task => task.Definition.Parent == id && !task.Ended).ToDictionary(task => task.Definition.Id);
        return parts.Values.Count(part => !part.Definition.Needs.Concat(part.Definition.After).Any(parts.ContainsKey));
    }

    private async Task<List<Experience>> PastAsync(RunView view, CancellationToken cancellationToken)
    {
        var runs = (await services.Store.ListRunsAsync(cancellationToken)).Where(run => run.Run != view.Id).TakeLast(MostRuns).ToList();
        var past = new List<Experience>();
        foreach (var (run, phase, _) in runs)
        {
            if (await TryReadAsync(run, phase, cancellationToken) is { } experience)
                past.Add(experience);
        }
        foreach (var older in _finished.Keys.Except(runs.Select(run => run.Run)))
            _finished.TryRemove(older, out _);
        return [.. past, Experience.Of(view)];
    }

    private async Task<Experience?> TryReadAsync(RunId run, RunPhase phase, CancellationToken cancellationToken)
    {
        if (_finished.TryGetValue(run, out var known))
            return known;
        try
        {
            var read = Experience.Of(await services.LoadAsync(run, cancellationToken));
            return phase == RunPhase.Finished ? _finished.GetOrAdd(run, read) : read;
        }
#pragma warning disable CA1031 // A supervised edge: a journal that cannot be read teaches nothing, and is its own run's trouble.
        catch (Exception unreadable) when (unreadable is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}
