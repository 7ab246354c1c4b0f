using Cloister.Plans;

namespace Cloister.Runs.Prompts;

/// <summary>A task's texts with everything filled in that is known when it starts.</summary>
internal static class TaskPrompt
{
    /// <summary>The prompt, or why it has none.</summary>
    public static (string Prompt, string? Problem) Of(RunView view, TaskView task)
    {
        try
        {
            return (Rendered(view, task).Prompt, null);
        }
        catch (CloisterException noValue) when (noValue.Code.StartsWith("plan.", StringComparison.Ordinal))
        {
            return ("", noValue.Message);
        }
    }

    /// <summary>The copies its matrix makes now, or why it makes none.</summary>
    public static (IReadOnlyList<MatrixCopy> Copies, string? Problem) Expand(RunView view, TaskView task)
    {
        try
        {
            return (MatrixExpansion.Expand(task.Definition, RunScope.Of(view, task), PlanLimits.Tasks - view.Tasks.Count), null);
        }
        catch (CloisterException noList) when (noList.Code.StartsWith("plan.", StringComparison.Ordinal))
        {
            return ([], noList.Message);
        }
    }

    /// <exception cref="CloisterException"><c>plan.value</c>: something named in the text has no value.</exception>
    public static PlanTask Rendered(RunView view, TaskView task) => TaskText.Render(task.Definition, RunScope.Of(view, task));
}
