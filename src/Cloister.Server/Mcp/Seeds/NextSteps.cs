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
            TaskState.Planned => $"orchestrator_execute_subtask_isolated or orchestrator_execute_task, task_id {reference}",
            TaskState.HandedOut => HandedOut(task, reference),
            TaskState.Queued => $"{Plain.Line(task.Detail ?? After(run, task) ?? "it starts as soon as it can")}; orchestrator_monitor_isolated_execution, session_id {session}, action status",
            TaskState.Starting or TaskState.Working => $"orchestrator_monitor_isolated_execution, session_id {session}, action status or progress",
            TaskState.NeedsInput => run.OpenQuestions.FirstOrDefault(question => question.Task == reference) is { } question ? Asked(question) : "a person has to answer: cloister inbox",
            TaskState.Review => $"its changes wait to be merged: the user runs cloister diff {reference}, then cloister merge {reference}{Synthesis(run, task)}",
            TaskState.Merged or TaskState.Done => $"nothing is left to do for it{Synthesis(run, task)}",
            TaskState.Failed => $"failed{Why(task)}; action resume tries it again, orchestrator_execute_task gives it to you",
            TaskState.Stopped => $"stopped{Why(task)}; its work is kept; action resume goes on, orchestrator_execute_task gives it to you",
            TaskState.Skipped => $"skipped{Why(task)}; orchestrator_execute_task gives it to you",
        };
    }

    /// <summary>A question as the model has to treat it.</summary>
    public static string Asked(Question question) => question.Kind switch
    {
        QuestionKind.Question => $"ask the user and pass the answer on: {Plain.Line(question.Text, QuestionLength)}{Options(question)} (tool answer, or: cloister answer {question.Id} TEXT)",
        QuestionKind.Permission or QuestionKind.Plan => $"{Plain.Line(question.Text, QuestionLength)}; {WaitingQuestion.RouteToPerson(question.Id)}",
    };

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

    private static string Synthesis(RunView run, TaskView task)
    {
        if (task.Definition.Parent is not { } parent)
            return "";
        var open = run.Tasks.Values.Count(other => other.Definition.Parent == parent && !other.Ended);
        return open == 0 ? $"; all parts of {run.Id}/{parent} have ended: orchestrator_synthesize_results" : "";
    }
}
