using Cloister.Questions;
using Cloister.Runs;
using Cloister.Server.Api;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>What somebody who works with a task does next. Pure.</summary>
internal static class NextSteps
{
    // Enough to know what a person has to say.
    private const int QuestionLength = 300;

    public static string Of(RunView run, TaskView task)
    {
        var (reference, session) = (new TaskRef(run.Id, task.Definition.Id), SessionThread.NameOf(run.Id, task.Definition));
        return task.State switch
        {
            TaskState.Planned => Parts(run, task) ?? $"orchestrator_execute_subtask_isolated or orchestrator_execute_task, task_id {reference}",
            TaskState.HandedOut => HandedOut(task, reference),
            TaskState.Queued => $"{Plain.Line(task.Detail ?? After(run, task) ?? "it starts as soon as it can")}; orchestrator_monitor_isolated_execution, session_id {session}, action status",
            TaskState.Starting or TaskState.Working => $"orchestrator_monitor_isolated_execution, session_id {session}, action status or progress",
            TaskState.NeedsInput => run.OpenQuestions.FirstOrDefault(question => question.Task == reference) is { } question ? Asked(question) : "a person has to answer: cloister inbox",
            TaskState.Review => $"its changes wait to be merged: the user runs cloister diff {reference}, then cloister merge {reference}{AfterLast(run, task)}",
            TaskState.Merged or TaskState.Done => $"nothing is left to do for it{AfterLast(run, task)}",
            TaskState.Failed => $"failed{Why(task)}; action resume tries it again, orchestrator_execute_task gives it to you",
            TaskState.Stopped => "stopped; its work is kept; action resume goes on, orchestrator_execute_task gives it to you",
            TaskState.Skipped => $"skipped{Why(task)}; orchestrator_execute_task gives it to you",
        };
    }

    /// <summary>A question as the model has to treat it.</summary>
    public static string Asked(Question question) => question.Kind switch
    {
        QuestionKind.Question => $"ask the user and pass the answer on: {Plain.Line(question.Text, QuestionLength)}{Options(question)} (tool answer, or: cloister answer {question.Id} TEXT)",
        QuestionKind.Permission or QuestionKind.Plan => $"{Plain.Line(question.Text, QuestionLength)}; {WaitingQuestion.RouteToPerson(question.Id)}",
    };

    // A whole is done by its parts: what is said of it is what is next for them. Null: it has none.
    private static string? Parts(RunView run, TaskView whole)
    {
        var parts = Synthesis.PartsOf(run, whole.Definition.Id);
        if (parts.Count == 0)
            return null;
        // A part that has open parts itself is spoken for by them.
        var open = parts.Where(part => !TaskMachine.IsSuccess(part.State) && !Synthesis.HasOpenParts(run, part)).ToList();
        var next = open.FirstOrDefault(part => CanStart(run, part)) ?? open.FirstOrDefault(part => part.State != TaskState.Planned) ?? open.FirstOrDefault();
        return next is null
            ? $"all its parts are done: orchestrator_synthesize_results, parent_task_id {run.Id}/{whole.Definition.Id}"
            : $"its parts come first, {run.Id}/{next.Definition.Id}: {Of(run, next)}";
    }

    /// <summary>True when somebody may begin a task now: it is planned, what it needs is done, and no part of it is open.</summary>
    public static bool CanStart(RunView run, TaskView task) =>
        task is { State: TaskState.Planned, Removed: false } && task.Definition.Needs.All(need => TaskMachine.IsSuccess(run.Tasks[need].State)) && !Synthesis.HasOpenParts(run, task);

    private static string HandedOut(TaskView task, TaskRef reference) => task.Report switch
    {
        null => $"do it here as the specialist, then call orchestrator_complete_task, task_id {reference}",
        { Need: CallerNeed.Revision } report => $"revise it ({Plain.Line(report.Summary)}), then call orchestrator_complete_task, task_id {reference}",
        { Need: CallerNeed.Unblocking } report => $"blocked: {Plain.Line(report.Summary)}; tell the user what is missing, then do the rest and call orchestrator_complete_task, task_id {reference}",
        { Need: CallerNeed.Decision } report => $"the user has to decide: {Plain.Line(report.Summary)}; then do the rest and call orchestrator_complete_task, task_id {reference}",
    };

    private static string Options(Question question) =>
        question.Options.Count == 0 ? "" : $" [{string.Join(" | ", question.Options.Take(12).Select(option => Plain.Line(option, 60)))}]";

    private static string? After(RunView run, TaskView task)
    {
        var open = task.Definition.Needs.Where(need => !run.Tasks[need].Ended).ToList();
        return open.Count == 0 ? null : $"it waits for {string.Join(", ", open.Select(need => new TaskRef(run.Id, need)))}";
    }

    private static string Why(TaskView task) =>
        $"{(task.Reason is { } reason ? $" ({EnumWord.Of(reason)})" : "")}{(task.Detail is { Length: > 0 } detail ? $": {Plain.Line(detail)}" : "")}";

    private static string AfterLast(RunView run, TaskView task)
    {
        if (task.Definition.Parent is not { } parent)
            return "";
        var open = run.Tasks.Values.Count(other => other.Definition.Parent == parent && !other.Ended);
        return open == 0 ? $"; all parts of {run.Id}/{parent} have ended: orchestrator_synthesize_results" : "";
    }
}
