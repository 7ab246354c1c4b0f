namespace Cloister.Runs.Watching;

/// <summary>Rows for lists, made from views.</summary>
internal static class RunSummaries
{
    public static RunSummary Of(RunView view) => new(
        view.Id,
        view.Plan.Name,
        view.Phase,
        view.Outcome,
        view.Source.Project,
        Base(view.Source.BaseBranch, view.Source.BaseCommit),
        view.IntegrationBranch,
        view.CostUsd,
        view.BudgetUsd,
        view.AcceptedAt,
        view.FinishedAt,
        view.TasksInOrder.Where(task => !task.Removed).Select(task => Row(view, task)).ToList())
    {
        Board = view.Board,
        Rehearsed = view.Rehearsal is not null,
    };

    public static TaskRow Row(RunView view, TaskView task)
    {
        var attempt = task.Attempt;
        var usage = attempt?.Usage;
        return new TaskRow(
            view.Id,
            task.Definition.Id,
            task.State,
            task.Reason,
            attempt?.Agent ?? task.AgentOverride ?? task.Definition.Agent,
            attempt?.Model ?? task.ModelOverride ?? task.Definition.Model,
            attempt?.Number ?? 0,
            attempt?.SessionId,
            task.Workspace?.Path,
            task.Workspace?.Branch,
            task.MergedCommit ?? task.Work?.Commit,
            task.CostUsd,
            task.Tokens,
            usage is { ContextWindow: > 0 } ? Math.Round(100.0 * usage.ContextTokens / usage.ContextWindow, 1) : null,
            view.OpenQuestions.FirstOrDefault(q => q.Task.Task == task.Definition.Id)?.Id,
            task.QueuedAt,
            task.StartedAt,
            task.EndedAt,
            task.Summary,
            task.Detail ?? WaitsFor(view, task))
        {
            SessionName = SessionThread.NameOf(view.Id, task.Definition),
            Parent = task.Definition.Parent,
            Report = task.Report,
        };
    }

    /// <summary>Where a run began, for people: <c>main@1a2b3c4</c>, or the commit alone when no branch was checked out.</summary>
    public static string? Base(string? branch, string? commit) => branch is null ? commit?[..7] : $"{branch}@{commit![..7]}";

    // What a queued task waits for is not a fact of its own: it follows from the others.
    private static string? WaitsFor(RunView view, TaskView task)
    {
        if (task.State != TaskState.Queued)
            return null;
        var open = task.Definition.Needs.Concat(task.Definition.After).Distinct(StringComparer.Ordinal).Where(id => !view.Tasks[id].Ended).ToList();
        return open.Count == 0 ? null : $"after {string.Join(", ", open)}";
    }
}
