namespace Cloister.Runs;

/// <summary>What an attempt may spend: the tighter of what is left of its task's own limit and of the run's.</summary>
internal static class Spending
{
    /// <param name="view">The run.</param>
    /// <param name="task">The task.</param>
    /// <param name="attempt">An attempt whose own spending so far is part of its allowance; null for one that is about to start.</param>
    /// <returns>USD for the whole attempt; null: no limit.</returns>
    public static decimal? AllowedFor(RunView view, TaskView task, AttemptView? attempt)
    {
        var own = attempt?.Usage.CostUsd ?? 0;
        var ofTask = task.BudgetUsd - task.CostUsd + own;
        var ofRun = view.BudgetUsd - view.CostUsd + own;
        return ofTask is null ? ofRun : ofRun is null ? ofTask : Math.Min(ofTask.Value, ofRun.Value);
    }
}
