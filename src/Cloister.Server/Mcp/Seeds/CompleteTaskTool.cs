using System.Text;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary><c>orchestrator_complete_task</c>: reports a task that was done here, or why it is not done yet.</summary>
internal static class CompleteTaskTool
{
    private static readonly Parameter<string> TaskId = Terse.RequiredText("task_id");
    private static readonly Parameter<string> Summary = Terse.RequiredText("summary");
    private static readonly Parameter<string> Work = Terse.RequiredText("detailed_work");
    private static readonly Parameter<string> NextAction = Parameter.Word("next_action", SeedWords.NextActions, isRequired: true);
    private static readonly Parameter<IReadOnlyList<string>> Files = Terse.Texts("file_paths");
    private static readonly Parameter<string?> ArtifactType = Terse.Text("artifact_type");
    private static readonly Parameter<IReadOnlyList<string>> Legacy = Terse.Texts("legacy_artifacts");

    public static McpTool Declaration { get; } = new(
        "orchestrator_complete_task",
        "Report a task you did",
        [TaskId, Summary, Work, NextAction, Files, ArtifactType, Legacy],
        RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var desk = new SeedDesk(call);
        var (run, task) = await desk.TaskToDoAsync(call.Get(TaskId), cancellationToken);
        if (task.State is not (TaskState.Planned or TaskState.HandedOut))
            return await NotOursAsync(desk, run, task, cancellationToken);
        var command = Command(call, run.Source.Project);
        run = await desk.ControlAsync(run, task.Definition.Id, command, cancellationToken);
        return SeedDesk.Told(await desk.AnswerAsync(run, run.TaskOf(task.Definition.Id), cancellationToken));
    }

    // What an agent does is reported by the agent; a word from here must not pass for its result.
    private static async Task<ToolAnswer> NotOursAsync(SeedDesk desk, RunView run, TaskView task, CancellationToken cancellationToken)
    {
        var answer = await desk.AnswerAsync(run, task, cancellationToken);
        var why = task.Ended ? "it has ended before, and stays as it is" : "its own agent reports it as done";
        return SeedDesk.Told(answer with { NextStep = $"nothing was changed: {why}; {answer.NextStep}" });
    }

    private static RunCommand Command(ToolCall call, string project)
    {
        var summary = call.Get(Summary);
        var files = call.Get(Files).Concat(call.Get(Legacy).Where(path => IsFile(project, path))).Select(path => Relative(project, path)).Distinct(StringComparer.Ordinal).ToList();
        var detail = Detail(call, call.Get(Legacy).Where(path => !IsFile(project, path)));
        return Need(call.Get(NextAction)) is { } need
            ? new HandOutCommand(Why: null) { Report = new CallerReport(need, summary), Detail = detail }
            : new CompleteCommand(summary, detail, files);
    }

    private static CallerNeed? Need(string action) => action switch
    {
        SeedWords.NeedsRevision => CallerNeed.Revision,
        SeedWords.Blocked => CallerNeed.Unblocking,
        SeedWords.Escalate => CallerNeed.Decision,
        _ => null,
    };

    // What kind of artifact it is stands at its head, where whoever reads it looks first.
    private static string Detail(ToolCall call, IEnumerable<string> mentioned)
    {
        var text = new StringBuilder();
        if (call.Get(ArtifactType) is { } type)
            text.Append("artifact_type: ").Append(Plain.Line(type, 60)).Append('\n');
        foreach (var one in mentioned)
            text.Append("legacy_artifact: ").Append(Plain.Line(one)).Append('\n');
        return (text.Length == 0 ? text : text.Append('\n')).Append(call.Get(Work)).ToString();
    }

    private static bool IsFile(string project, string path) => path.Length > 0 && File.Exists(Path.Combine(project, path));

    private static string Relative(string project, string path) =>
        Path.IsPathFullyQualified(path) && Path.GetRelativePath(project, path) is var inside && !inside.StartsWith("..", StringComparison.Ordinal) ? inside : path;
}
