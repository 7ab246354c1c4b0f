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
            new NeededTasks(view, task),
            succeeded,
            Failed: !succeeded);
    }

    /// <summary>A task that may fail without harm counts as success for those that need it.</summary>
    public static bool CountsAsSuccess(TaskView task) =>
        TaskMachine.IsSuccess(task.State) || (task.State == TaskState.Failed && task.Definition.ContinueOnError);
}
