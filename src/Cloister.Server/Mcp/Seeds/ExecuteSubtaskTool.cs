using Cloister.Delegation;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Server.Mcp.Waiting;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>
/// <c>orchestrator_execute_subtask_isolated</c>: an agent of its own does the task; where none can begin, the task goes to whoever calls, and
/// the answer says why.
/// </summary>
internal static class ExecuteSubtaskTool
{
    private const decimal UsualMinutes = 30, MostMinutes = 24 * 60;
    private const string NobodyBegan = "no agent could begin, so it is yours";
    private const string Answer = "answer", Isolated = "isolated", Here = "standard";

    private static readonly Parameter<string> TaskId = Terse.RequiredText("task_id");
    private static readonly Parameter<decimal> Minutes = Terse.Number("timeout_minutes", UsualMinutes);
    private static readonly Parameter<bool> Enable = Terse.Flag("enable_isolation", true);
    private static readonly Parameter<bool> Parallel = Terse.Flag("parallel_execution", false);
    private static readonly Parameter<string> Workspace = Parameter.Word("claude_code_workspace", SeedWords.Workspaces);
    private static readonly Parameter<string> Communication = Parameter.Word("communication_method", SeedWords.Communications);

    public static McpTool Declaration { get; } = new(
        "orchestrator_execute_subtask_isolated",
        "Run a task in its own Claude Code",
        [TaskId, Minutes, Enable, Parallel, Workspace, Communication],
        RunAsync);

    private static async Task<ToolAnswer> RunAsync(ToolCall call, CancellationToken cancellationToken)
    {
        var (desk, wish) = (new SeedDesk(call), Wish(call));
        var (run, task) = await desk.TaskToDoAsync(call.Get(TaskId), cancellationToken);
        // What has begun or is over does not ask again where it should be done.
        var choice = SeedStatus.HasBegunOrIsDone(task)
            ? new ModeChoice(TaskPlace.Isolated, "it has begun")
            : await ChoiceAsync(call, run, task, cancellationToken);
        return choice.Place switch
        {
            TaskPlace.Isolated or TaskPlace.Subagent => await IsolateAsync(call, desk, run, task, wish, choice, cancellationToken),
            TaskPlace.Standard => await StandardExecution.HandOutAsync(
                call, run, task, choice.FallbackReason, choice.FallbackReason is null ? choice.Reason : NobodyBegan, cancellationToken),
            TaskPlace.Ask => SeedDesk.Told(await desk.AnswerAsync(run, task, cancellationToken) with
            {
                NextStep = $"{choice.Reason}: ask the user whether {task.Definition.Id} is done in isolation, then call again with enable_isolation true or false",
            }),
        };
    }

    private static async Task<ToolAnswer> IsolateAsync(
        ToolCall call, SeedDesk desk, RunView run, TaskView task, IsolationWish wish, ModeChoice choice, CancellationToken cancellationToken)
    {
        var reference = new TaskRef(run.Id, task.Definition.Id);
        var (begun, obstacle, note) = await new IsolatedExecution(call, desk).BeginAsync(run, task, wish, choice.Place, cancellationToken);
        if (obstacle is null && !call.Get(Parallel))
        {
            begun = await new SubtaskWait(call).ForEndAsync(reference, cancellationToken);
            obstacle = StartObstacle.Of(begun.TaskOf(reference.Task));
        }
        if (obstacle is not null)
            return await FallBackAsync(call, begun, reference, obstacle, cancellationToken);
        var answer = await desk.AnswerAsync(begun, begun.TaskOf(reference.Task), cancellationToken);
        string?[] said = [call.Arguments.Has(Enable) || call.Desk.Defaults().Isolation is null ? null : choice.Reason, note, answer.NextStep];
        return SeedDesk.Told(answer with { NextStep = string.Join("; ", said.OfType<string>()) });
    }

    private static async Task<ToolAnswer> FallBackAsync(ToolCall call, RunView run, TaskRef task, Obstacle obstacle, CancellationToken cancellationToken)
    {
        // What is parked for later is taken out of the queue before it is given to somebody else.
        if (run.TaskOf(task.Task).State == TaskState.Queued)
            run = await call.Orchestrator.ControlAsync(run.Id, task.Task, new StopCommand(), cancellationToken);
        return await StandardExecution.HandOutAsync(call, run, run.TaskOf(task.Task), Why(run, run.TaskOf(task.Task), obstacle), NobodyBegan, cancellationToken);
    }

    // The engine's own hint speaks to who writes plans.
    private static string Why(RunView run, TaskView task, Obstacle obstacle)
    {
        var missing = task is { Reason: TaskReason.Workspace, Definition.Workspace: TaskWorkspace.Current } ? StandardExecution.Unmerged(run, task) : [];
        return missing.Count == 0
            ? obstacle.Words
            : $"claude_code_workspace {SeedWords.Current} is {run.Source.Project}, which does not have the work of {string.Join(" and ", missing)} that it needs";
    }

    private static IsolationWish Wish(ToolCall call)
    {
        var minutes = call.Get(Minutes);
        if (minutes is <= 0 or > MostMinutes)
            throw new CloisterException("tool.argument", $"timeout_minutes is from 1 to {MostMinutes}", "correct it and call again");
        return new IsolationWish(
            TimeSpan.FromMinutes((double)minutes),
            call.Arguments.Has(Workspace) ? call.Get(Workspace) : null,
            call.Arguments.Has(Communication) ? SeedWords.CommunicationOf(call.Get(Communication)) : null);
    }

    private static async Task<ModeChoice> ChoiceAsync(ToolCall call, RunView run, TaskView task, CancellationToken cancellationToken)
    {
        IsolationMode? said = call.Arguments.Has(Enable) ? call.Get(Enable) ? IsolationMode.Always : IsolationMode.Off : null;
        var setting = IsolatedExecution.SettingOf(said, call.Desk.Defaults().Isolation);
        // Where the rules are not asked, nobody looks into the caller's conversation.
        var here = setting.Mode is IsolationMode.Auto or IsolationMode.Ask ? await call.Caller.ContextAsync(cancellationToken) : null;
        var choice = IsolatedExecution.ChoiceFor(setting, await call.Orchestrator.AdviseAsync(new TaskRef(run.Id, task.Definition.Id), here, cancellationToken));
        return choice.Place == TaskPlace.Ask && await PersonSaysAsync(call, run, task, choice, cancellationToken) is { } decided
            ? new ModeChoice(decided, "the user decided so")
            : choice;
    }

    // Null: nobody can be asked here, or they did not say.
    private static async Task<TaskPlace?> PersonSaysAsync(ToolCall call, RunView run, TaskView task, ModeChoice choice, CancellationToken cancellationToken)
    {
        if (!call.Caller.CanAskPerson)
            return null;
        var form = new ElicitRequestParams
        {
            Message = $"{run.Id}/{task.Definition.Id} ({Plain.Line(task.Definition.Title)}): in an agent of its own, or here? {choice.Reason}",
            RequestedSchema = new ElicitRequestParams.RequestSchema
            {
                Properties = new Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition>(StringComparer.Ordinal)
                {
                    [Answer] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Title = "Answer", Enum = [Isolated, Here] },
                },
                Required = [Answer],
            },
        };
        using var patience = new CancellationTokenSource(WaitLimits.For(call.Caller.ClientName), call.Desk.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var reply = await call.Caller.AskPersonAsync(form, either.Token);
            return reply.IsAccepted && reply.Content is { } content && content.TryGetValue(Answer, out var answer)
                ? answer.ValueEquals(Isolated) ? TaskPlace.Isolated : TaskPlace.Standard
                : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception refused) when (refused is McpException or InvalidOperationException)
        {
            // The client said it could, and cannot: the answer asks for it in words.
            return null;
        }
    }
}
