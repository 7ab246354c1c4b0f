using Cloister.Runs;
using Cloister.Server.References;

namespace Cloister.Server.Mcp.Seeds;

/// <summary><c>orchestrator_synthesize_results</c>: one report over the parts of a task, or over a whole board; kept with the task it is about.</summary>
internal static class SynthesizeTool
{
    private static readonly Parameter<string> ParentTask = Terse.RequiredText("parent_task_id");

    public static McpTool Declaration { get; } = new(
        "orchestrator_synthesize_results", "One report over its parts", [ParentTask], RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var desk = new SeedDesk(call);
        var target = await call.Desk.ResolveAsync(call.Get(ParentTask), cancellationToken);
        if (target is RunTarget whole)
            return await OfRunAsync(call, desk, await call.Orchestrator.GetAsync(whole.Id, cancellationToken), cancellationToken);
        var (run, parent) = await desk.TaskAsync(target.ToString()!, cancellationToken);
        var parts = Synthesis.PartsOf(run, parent.Definition.Id);
        var (text, files) = await ReportAsync(desk, run, parent.Definition.Title, Synthesis.Line(parts), parts.Count == 0 ? [parent] : parts, cancellationToken);
        var stored = false;
        if (parts.Count > 0 && parts.All(part => TaskMachine.IsSuccess(part.State)) && parent.State is TaskState.Planned or TaskState.HandedOut)
        {
            run = await desk.ControlAsync(run, parent.Definition.Id, new CompleteCommand(Synthesis.Line(parts), text, []), cancellationToken);
            stored = true;
        }
        var answer = desk.Report.Of(run, run.TaskOf(parent.Definition.Id), files, desk.Now);
        var left = parts.Count(part => !TaskMachine.IsSuccess(part.State));
        var said = stored ? "it is kept with the task as detailed_work.md" : left > 0 ? $"{left} of {parts.Count} parts are not done, so the task stays open" : null;
        return Told(call, run.Id, answer, text, said);
    }

    private static async Task<ToolAnswer> OfRunAsync(ToolCall call, SeedDesk desk, RunView run, CancellationToken cancellationToken)
    {
        var parts = Synthesis.PartsOf(run);
        var (text, files) = await ReportAsync(desk, run, run.Plan.Goal ?? run.Plan.Name, Synthesis.Line(parts), parts, cancellationToken);
        var open = parts.Any(part => !part.Ended);
        var answer = new SeedAnswer(
            run.Id.ToString(), null, open ? run.Rests ? SeedStatus.Waiting : SeedStatus.Running : parts.All(part => TaskMachine.IsSuccess(part.State)) ? SeedStatus.Completed : SeedStatus.Failed, null, null, null, null,
            SeedResults.Of($"{run.Id}", null, files, []),
            SeedMetrics.None with { CostUsd = Math.Round(run.CostUsd, 4) },
            open ? "orchestrator_get_status says what is open" : $"the user merges with cloister merge {run.Id}, then cloister land {run.Id}");
        return Told(call, run.Id, answer, text, said: null);
    }

    private static ToolAnswer Told(ToolCall call, RunId run, SeedAnswer answer, string text, string? said)
    {
        var page = call.Caller.Conversation.Pages.Next($"synthesis {run} {answer.TaskId}", text);
        string?[] next = [page.Next is null ? null : "call again for the next page", said, answer.NextStep];
        return SeedDesk.Told(answer with { Results = answer.Results with { Summary = page.Text }, NextStep = string.Join("; ", next.OfType<string>()) });
    }

    private static async Task<(string Text, IReadOnlyList<string> Files)> ReportAsync(
        SeedDesk desk, RunView run, string title, string line, IReadOnlyList<TaskView> parts, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var part in parts)
            files[part.Definition.Id] = await desk.FilesAsync(run, part, cancellationToken);
        return (Synthesis.Of(run, title, line, parts, files), [.. files.Values.SelectMany(one => one).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }
}
