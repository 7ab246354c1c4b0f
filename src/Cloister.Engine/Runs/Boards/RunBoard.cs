using Cloister.Agents;
using Cloister.Artifacts;
using Cloister.SessionFiles;

namespace Cloister.Runs.Boards;

/// <summary>
/// Planned tasks and named sessions of a run: fetches what a request needs from outside (agents' definitions, contents of files), then lets
/// the run decide.
/// </summary>
internal sealed class RunBoard(RunServices services)
{
    // The name that a reported text has among a task's artifacts.
    private const string DetailName = "detailed_work.md";

    /// <summary>True for the requests that are handled here.</summary>
    public static bool Handles(RunCommand command) =>
        command is AddTasksCommand or OpenSessionCommand or CloseSessionCommand or ReleaseCommand or HandOutCommand or CompleteCommand;

    public async Task<RunView> ControlAsync(Orchestrator run, string? task, RunCommand command, CancellationToken cancellationToken) => command switch
    {
        AddTasksCommand add => await AddAsync(run, add, cancellationToken),
        OpenSessionCommand open => await OpenAsync(run, open.Session, cancellationToken),
        CloseSessionCommand close => await CloseAsync(run, close.Session, cancellationToken),
        ReleaseCommand release => await ReleaseAsync(run, task, release, cancellationToken),
        HandOutCommand handOut => await HandOutAsync(run, task, handOut, cancellationToken),
        CompleteCommand complete => await CompleteAsync(run, task, complete, cancellationToken),
        _ => throw new InvalidOperationException($"{command.GetType().Name} is handled elsewhere"),
    };

    private readonly NamedLocks<string> _names = new();

    private DateTimeOffset Now => services.Time.GetUtcNow();

    private async Task<RunView> AddAsync(Orchestrator run, AddTasksCommand add, CancellationToken cancellationToken)
    {
        var agents = new Dictionary<string, AgentDefinition>(StringComparer.Ordinal);
        foreach (var name in add.Tasks.Select(task => task.Agent).Distinct(StringComparer.Ordinal))
        {
            if (await NewcomerAsync(run.View, name, cancellationToken) is { } newcomer)
                agents[name] = newcomer;
        }
        return await run.DecideAsync(view => BoardDecisions.Add(view, add, agents, Now), cancellationToken);
    }

    private async Task<RunView> OpenAsync(Orchestrator run, NamedSession session, CancellationToken cancellationToken)
    {
        // Another run may be about to take the same name.
        using var held = await _names.TakeAsync(session.Name, cancellationToken);
        if (await services.Store.FindSessionAsync(session.Name, cancellationToken) is { } holder && holder != run.View.Id)
            throw new CloisterException("session.exists", $"the session {session.Name} belongs to {holder}", "choose another name, or go on with that run");
        var agent = await NewcomerAsync(run.View, session.Agent, cancellationToken) ?? run.View.Agents[session.Agent];
        var opened = await run.DecideAsync(view => BoardDecisions.Open(view, session, agent, Now), cancellationToken);
        services.Mail.Await(run, session);
        return opened;
    }

    private async Task<RunView> CloseAsync(Orchestrator run, string session, CancellationToken cancellationToken)
    {
        var closed = await run.DecideAsync(view => BoardDecisions.Close(view, session, Now), cancellationToken);
        services.Mail.Close(SessionName.Parse(session));
        return closed;
    }

    private async Task<RunView> ReleaseAsync(Orchestrator run, string? task, ReleaseCommand release, CancellationToken cancellationToken)
    {
        // What would fail at the first attempt is said now, while whoever asks can still do it themselves.
        await services.Backend.EnsureReadyAsync(cancellationToken);
        var newcomer = release.Agent is { } agent ? await NewcomerAsync(run.View, agent, cancellationToken) : null;
        var access = release.ModelAccess is not null && run.View.Rehearsal is null && !services.ModelAccess.Has(run.View)
            ? services.ModelAccess.MarkOf(run.View.Id, release.ModelAccess)
            : null;
        if (access is not null)
        {
            // Before anybody sees the task in the queue: a run without access would say of it that it waits for one. What is refused gives none.
            BoardDecisions.Release(run.View, task, release, newcomer, Now);
            services.ModelAccess.Remember(run.View.Id, release.ModelAccess);
        }
        return await run.DecideAsync(
            view => [.. BoardDecisions.Release(view, task, release, newcomer, Now), .. access is null ? (RunEvent[])[] : [new RunAccessGiven(access)]],
            cancellationToken);
    }

    private async Task<RunView> HandOutAsync(Orchestrator run, string? task, HandOutCommand handOut, CancellationToken cancellationToken)
    {
        var detail = handOut.Detail is { Length: > 0 } text ? await services.Artifacts.KeepTextAsync(DetailName, text, Now, cancellationToken) : null;
        return await run.DecideAsync(view => BoardDecisions.HandOut(view, task, handOut, Now, detail), cancellationToken);
    }

    private async Task<RunView> CompleteAsync(Orchestrator run, string? task, CompleteCommand complete, CancellationToken cancellationToken)
    {
        var artifacts = new List<Artifact>();
        foreach (var file in complete.Files)
        {
            var (kept, whyNot) = await services.Artifacts.KeepAsync(run.View.Source.Project, file, Now, cancellationToken);
            artifacts.Add(kept ?? throw new CloisterException("artifact.file", $"{file} cannot be kept: {whyNot}", "name files of the project, relative to it"));
        }
        if (complete.Detail is { Length: > 0 } detail)
            artifacts.Add(await services.Artifacts.KeepTextAsync(DetailName, detail, Now, cancellationToken));
        return await run.DecideAsync(view => BoardDecisions.Complete(view, task, complete, artifacts, Now), cancellationToken);
    }

    private async Task<AgentDefinition?> NewcomerAsync(RunView view, string agent, CancellationToken cancellationToken) =>
        view.Agents.ContainsKey(agent) ? null : await services.Sources.AgentAsync(agent, view.Source.Project, cancellationToken);
}
