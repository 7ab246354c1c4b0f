using System.Collections.Concurrent;
using Cloister.Accounting;
using Cloister.Agents;
using Cloister.Delegation;

namespace Cloister.Runs.Advice;

/// <summary>Whether a task should be given to an agent of its own, with what the newest runs have taught, and whether one can begin.</summary>
internal sealed class TaskAdvice(RunServices services)
{
    // Older ones were other versions and other work; a run is read once and remembered.
    private const int MostRuns = 20;

    // Some ten thousand tokens: three of them are most of what a conversation can spare.
    private const long LargeFile = 40_000;

    private readonly ConcurrentDictionary<RunId, Experience> _finished = new();
    private readonly BeginningObstacles _obstacles = new(services);

    /// <summary>The advice for a task of a run.</summary>
    /// <param name="view">The run.</param>
    /// <param name="id">Its task.</param>
    /// <param name="here">How full the conversation of whoever asks is; null: nobody knows.</param>
    /// <param name="cancellationToken">Cancels the reading of past runs.</param>
    public async Task<IsolationAdvice> OfAsync(RunView view, string id, CallerContext? here, CancellationToken cancellationToken)
    {
        var task = view.TaskOf(id);
        var name = task.AgentOverride ?? task.Definition.Agent;
        var agent = view.Agents[name];
        var past = await PastAsync(view, cancellationToken);
        var delegation = QuestionOf(view, task);
        var estimate = ReasoningEstimate.Of(delegation, [.. past.SelectMany(one => one.Tasks)]);
        var model = task.ModelOverride ?? task.Definition.Model ?? agent.Model;
        var overhead = Experience.Overhead(past).Of(name, model);
        var advice = DelegationAdvice.Of(delegation, estimate, overhead, here);
        if (DelegationEconomics.Of(estimate, overhead, here) is { } sums && Listed(sums, model, name, past) is { } there)
            advice = advice with { Reason = $"{advice.Reason}; {sums.Sentence(there)}" };
        var reads = !WritingTools.MayWrite(agent with { PermissionMode = task.Definition.PermissionMode ?? agent.PermissionMode });
        return new IsolationAdvice(advice, await _obstacles.OfAsync(view, task, cancellationToken), reads);
    }

    // An alias has no price, and what is not said is the program's own choice: then the model on which the agent began last.
    private static Alternative? Listed(DelegationEconomics sums, string? model, string agent, IEnumerable<Experience> past) =>
        (model is null ? null : sums.To(model))
        ?? past.SelectMany(one => one.Beginnings)
            .Where(began => began.Agent == agent && (model is null || ModelFamily.Of(began.Model) == ModelFamily.Of(model)))
            .Select(began => sums.To(began.Model))
            .LastOrDefault();

    /// <summary>What the rules have to know of a task, as far as its run and its project tell it.</summary>
    internal static DelegationTask QuestionOf(RunView view, TaskView task) => new(task.AgentOverride ?? task.Definition.Agent, task.Definition.Prompt)
    {
        IndependentSubtasks = IndependentParts(view, task.Definition.Id),
        Steps = DelegationTask.StepsIn(task.Definition.Prompt),
        LargeFiles = task.Definition.Context.Count(file => IsLarge(Path.Combine(view.Source.Project, file))),
    };

    private static int IndependentParts(RunView view, string id)
    {
        var parts = view.TasksInOrder.Where(part => part.Definition.Parent == id && !part.Removed && !part.Ended).Select(part => part.Definition).ToList();
        return parts.Count(part => !part.Needs.Concat(part.After).Intersect(parts.Select(other => other.Id), StringComparer.Ordinal).Any());
    }

    // A pattern, or a file that an earlier task has yet to write, is none.
    private static bool IsLarge(string path) => File.Exists(path) && new FileInfo(path).Length > LargeFile;

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
