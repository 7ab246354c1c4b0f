using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>Standard execution: the task goes to whoever calls, with everything its specialist has to know.</summary>
internal static class StandardExecution
{
    /// <param name="call">The call.</param>
    /// <param name="run">The task's run.</param>
    /// <param name="task">The task.</param>
    /// <param name="why">Why no agent does it although one was wanted; null: none was.</param>
    /// <param name="note">What there is to say besides, or null.</param>
    /// <param name="cancellationToken">Stops waiting; what is handed out stays so.</param>
    public static async Task<ToolAnswer> HandOutAsync(ToolCall call, RunView run, TaskView task, string? why, string? note, CancellationToken cancellationToken)
    {
        var (desk, reference) = (new SeedDesk(call), new TaskRef(run.Id, task.Definition.Id));
        if (TaskMachine.IsSuccess(task.State))
            return SeedDesk.Told(await desk.AnswerAsync(run, task, cancellationToken));
        // Asked again it is the next page that is wanted; what was reported meanwhile stays.
        if (task.State != TaskState.HandedOut || task.FallbackReason is not null || why is not null)
            run = await desk.ControlAsync(run, task.Definition.Id, new HandOutCommand(why) { AskedFor = why is null }, cancellationToken);
        var brief = await call.Orchestrator.BriefAsync(reference, cancellationToken);
        var page = call.Caller.Conversation.Pages.Next($"brief {reference}", Text(brief));
        var answer = desk.Report.Of(run, run.TaskOf(task.Definition.Id), [], desk.Now);
        var more = page.Next is null ? "" : "first call again with the same arguments for the next page of the context; then ";
        return SeedDesk.Told(answer with
        {
            Results = answer.Results with { Summary = page.Text },
            NextStep = $"{(note is null ? "" : $"{note}; ")}{MergeFirst(run, task)}{more}{answer.NextStep}{SeedDesk.Moved(run, brief)}",
        });
    }

    /// <summary>The tasks that a task needs and whose work the project's folder does not have yet.</summary>
    public static IReadOnlyList<TaskRef> Unmerged(RunView run, TaskView task) =>
        [.. task.Definition.Needs.Where(need => run.Tasks[need] is { State: TaskState.Review, Work.HasChanges: true }).Select(need => new TaskRef(run.Id, need))];

    // Done in a folder without it, the work would be done twice or against nothing.
    private static string MergeFirst(RunView run, TaskView task)
    {
        var missing = Unmerged(run, task);
        return missing.Count == 0
            ? ""
            : $"{run.Source.Project} does not have what it needs: the user runs {string.Join(" and ", missing.Select(need => $"cloister merge {need}"))} first, "
                + $"or orchestrator_execute_subtask_isolated, claude_code_workspace {SeedWords.New} gives it to an agent that has it; then ";
    }

    /// <summary>What the specialist has to know.</summary>
    public static string Text(TaskBrief brief)
    {
        var left = brief.LeftOut.Count == 0 ? "" : $"\n(left out to stay within the limit: {string.Join("; ", brief.LeftOut)})\n";
        return $"{brief.Role.Trim()}\n\n{brief.Context.Trim()}\n{left}";
    }
}
