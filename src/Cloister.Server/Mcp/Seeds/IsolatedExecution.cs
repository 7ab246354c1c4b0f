using Cloister.Delegation;
using Cloister.Plans;
using Cloister.Runs;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>How an isolated execution was asked for.</summary>
/// <param name="Timeout">How long an attempt may take.</param>
/// <param name="Workspace"><c>claude_code_workspace</c> as it was given, or null.</param>
/// <param name="Communication">How results travel; null: as its session has it.</param>
internal sealed record IsolationWish(TimeSpan Timeout, string? Workspace, Communication? Communication);

/// <summary>Gives a planned task to an agent of its own, or says why none can begin.</summary>
/// <param name="call">The call.</param>
/// <param name="desk">The board.</param>
internal sealed class IsolatedExecution(ToolCall call, SeedDesk desk)
{
    /// <summary>What was said about where the task is done.</summary>
    /// <param name="said">By the call, or null.</param>
    /// <param name="project">By the project's settings, or null.</param>
    public static ModeSetting SettingOf(IsolationMode? said, IsolationMode? project) =>
        // The tool itself asks for isolation: only a project that says otherwise is heard beside the call.
        new(said ?? (project is null ? IsolationMode.Always : null), project);

    /// <summary>Where the task is done.</summary>
    /// <param name="setting">What was said about it.</param>
    /// <param name="advice">What the engine knows about it.</param>
    public static ModeChoice ChoiceFor(ModeSetting setting, IsolationAdvice advice) =>
        ModeChoice.Of(new ModeQuestion(setting, advice.Advice, advice.Obstacles, advice.ReadsOnly));

    /// <summary>Sees to it that an agent does the task; a task that an agent does or has done already stays as it is.</summary>
    /// <returns>The run, and what keeps the agent from beginning.</returns>
    public async Task<(RunView Run, Obstacle? Obstacle, string? Note)> BeginAsync(RunView run, TaskView task, IsolationWish wish, TaskPlace place, CancellationToken cancellationToken)
    {
        if (SeedStatus.HasBegunOrIsDone(task))
            return (run, null, null);
        try
        {
            var began = await ReleaseAsync(run, task, wish, place, cancellationToken);
            return task.Ended ? began with { Note = "another try, from its last kept work" } : began;
        }
        catch (CloisterException refused) when (StartObstacle.Of(refused) is { } obstacle)
        {
            return (run, obstacle, null);
        }
    }

    private async Task<(RunView Run, Obstacle? Obstacle, string? Note)> ReleaseAsync(RunView run, TaskView task, IsolationWish wish, TaskPlace place, CancellationToken cancellationToken)
    {
        var id = task.Definition.Id;
        var choice = SessionChoice.Of(run, task, task.Definition.Agent, wish.Workspace);
        if (choice.Session is { } session && run.Sessions.GetValueOrDefault(session.Name) is not { IsOpen: true })
            (run, choice) = await OpenAsync(run, task, choice, cancellationToken);
        var release = choice.Release(task, wish.Communication, SharesParents(run, task)) with { Timeout = wish.Timeout, ModelAccess = desk.ModelAccess };
        if (place == TaskPlace.Subagent)
            release = release with { Session = release.Session! with { Mode = ExecutionMode.Subagent } };
        run = await desk.ControlAsync(run, id, release, cancellationToken);
        return (run, null, release.Workspace == TaskWorkspace.Current ? $"its agent works in {run.Source.Project} itself, beside you" : null);
    }

    // A name may be another run's: then the session is called after this run too.
    private async Task<(RunView Run, SessionChoice Choice)> OpenAsync(RunView run, TaskView task, SessionChoice choice, CancellationToken cancellationToken)
    {
        try
        {
            return (await call.Orchestrator.ControlAsync(run.Id, null, new OpenSessionCommand(choice.Session!), cancellationToken), choice);
        }
        catch (CloisterException taken) when (taken.Code == "session.exists")
        {
            var own = SessionChoice.Named($"{choice.Session!.Name}-of-{run.Id}", task.Definition.Agent);
            return (await call.Orchestrator.ControlAsync(run.Id, null, new OpenSessionCommand(own), cancellationToken), choice with { Session = own });
        }
    }

    private static bool SharesParents(RunView run, TaskView task) => task.Definition.Parent is { } parent && run.Tasks[parent].Workspace is not null;
}
