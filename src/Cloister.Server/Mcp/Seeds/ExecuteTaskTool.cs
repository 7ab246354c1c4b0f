namespace Cloister.Server.Mcp.Seeds;

/// <summary><c>orchestrator_execute_task</c>: whoever calls does the task themselves, with the specialist's context.</summary>
internal static class ExecuteTaskTool
{
    private static readonly Parameter<string> TaskId = Terse.RequiredText("task_id");

    public static McpTool Declaration { get; } = new(
        "orchestrator_execute_task", "Do a task yourself: returns specialist context", [TaskId], RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var (run, task) = await new SeedDesk(call).TaskToDoAsync(call.Get(TaskId), cancellationToken);
        return await StandardExecution.HandOutAsync(call, run, task, why: null, note: null, cancellationToken);
    }
}
