using Cloister.Plans.Expressions;

namespace Cloister.Runs;

/// <summary>What the names in a task's expressions stand for at this moment of the run.</summary>
internal static class RunScope
{
    public static ExpressionScope Of(RunView view, TaskView task)
    {
        var needs = task.Definition.Needs;
        var succeeded = needs.All(id => CountsAsSuccess(view.Tasks[id]));
        return new ExpressionScope(
            view.Id.ToString(),
            view.Plan.Goal,
            view.Inputs,
            task.MatrixValues,
            FactsFor(view, task),
            succeeded,
            Failed: !succeeded);
    }

    /// <summary>A task that may fail without harm counts as success for those that need it.</summary>
    public static bool CountsAsSuccess(TaskView task) =>
        TaskMachine.IsSuccess(task.State) || (task.State == TaskState.Failed && task.Definition.ContinueOnError);

    // Only what the task can name: a plan of a thousand tasks looks at a task's own needs, not at all the others.
    private static Dictionary<string, TaskFacts> FactsFor(RunView view, TaskView task)
    {
        var facts = new Dictionary<string, TaskFacts>(StringComparer.Ordinal);
        if (task.Definition.Needs.Count == 0)
            return facts;
        var waiting = new Queue<string>(task.Definition.Needs);
        while (waiting.TryDequeue(out var id))
        {
            var needed = view.Tasks[id];
            if (!facts.TryAdd(id, Facts(view, needed)))
                continue;
            foreach (var further in needed.Definition.Needs)
                waiting.Enqueue(further);
        }
        return facts;
    }

    private static TaskFacts Facts(RunView view, TaskView task) => task.Copies is { } copies
        ? TaskFacts.Joined(copies.Select(id => Own(view.Tasks[id])).ToList())
        : Own(task);

    private static TaskFacts Own(TaskView task) => new(task.State, task.Summary, task.Result);
}
