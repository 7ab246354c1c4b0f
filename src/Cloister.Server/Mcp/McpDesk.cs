using Cloister.Agents;
using Cloister.Delegation;
using Cloister.Plans;
using Cloister.Runs;
using Cloister.Server.References;
using Cloister.Sessions;

namespace Cloister.Server.Mcp;

/// <summary>What a run gets where the call says nothing: the person's settings.</summary>
/// <param name="Agent">Who does it.</param>
/// <param name="Model">Which model.</param>
/// <param name="BudgetUsd">What it may spend.</param>
internal sealed record RunDefaults(string? Agent = null, string? Model = null, decimal? BudgetUsd = null)
{
    /// <summary>Whether tasks run in isolation where the call does not say it; null: nobody said so.</summary>
    public IsolationMode? Isolation { get; init; }
}

/// <summary>What every conversation of one MCP process works with.</summary>
internal sealed class McpDesk
{
    /// <summary>Everything that is done goes through it.</summary>
    public required IOrchestrator Orchestrator { get; init; }

    /// <summary>The project's folder, absolute.</summary>
    public required string Project { get; init; }

    /// <summary>The variables of the process: the model access of runs, and where the person's agents are.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Asked for each run: settings change while a server lives for days.</summary>
    public Func<RunDefaults> Defaults { get; init; } = () => new RunDefaults();

    /// <summary>A scenario that answers instead of a model in every run that is started here; null: the real model.</summary>
    public string? Rehearsal { get; init; }

    /// <summary>True when nothing that is started here asks a real model.</summary>
    public bool Rehearses => Rehearsal is not null;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What is under way.</summary>
    public CallLoad Load { get; } = new();

    /// <summary>The agents of the project as their files say now.</summary>
    public Task<AgentCatalog> AgentsAsync(CancellationToken cancellationToken) =>
        AgentCatalog.LoadAsync(Project, UserPlaces.Of(Environment), cancellationToken);

    /// <summary>Starts a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="callId">The client's own name of the call: the same call sent again starts nothing new. Null: every call is a new one.</param>
    /// <param name="cancellationToken">Cancels before the run is accepted.</param>
    public Task<RunView> StartAsync(Plan plan, string? callId, CancellationToken cancellationToken)
    {
        var key = callId is null ? Guid.CreateVersion7(Time.GetUtcNow()).ToString("N") : $"mcp:{callId}";
        var nothing = new Dictionary<string, string>(StringComparer.Ordinal);
        return Orchestrator.StartAsync(new StartRun(plan, Project, nothing, key, Rehearsal, ModelAccessVariables.Of(Environment)), cancellationToken);
    }

    /// <summary>Refuses to let a run's agents work from here when it is rehearsed and we are not, or the other way round.</summary>
    /// <exception cref="CloisterException"><c>run.rehearsal</c>: the kinds differ.</exception>
    public void RequireOwnKind(RunView run)
    {
        if (run.Rehearsal is not null == Rehearses)
            return;
        throw Rehearses
            ? new CloisterException(
                "run.rehearsal", $"{run.Id} asks the real model, and this server rehearses: its tasks would cost money",
                "plan it here again to rehearse it, or use a server started without --rehearse")
            : new CloisterException(
                "run.rehearsal", $"{run.Id} is a rehearsal, and this server asks the real model: its tasks would only be played",
                "plan it here again to have it done, or use a server started with --rehearse");
    }

    /// <summary>What a reference means, in any form that the command line takes.</summary>
    public async Task<Target> ResolveAsync(string reference, CancellationToken cancellationToken) =>
        RefResolver.Full(reference) ?? new RefResolver(await Orchestrator.ListAsync(all: true, cancellationToken)).Resolve(reference);

    /// <summary>The task that is meant; of a run with one task, that one.</summary>
    public async Task<(RunView Run, TaskView Task, int? Attempt)> TaskAsync(Target target, CancellationToken cancellationToken)
    {
        var id = target.Run ?? throw new CloisterException("ref.kind", $"{target} is a question", "give a task such as r7/api");
        var run = await Orchestrator.GetAsync(id, cancellationToken);
        var task = target.Task ?? (run.Order is [var only] ? only : throw new CloisterException(
            "ref.kind", $"{id} has {run.Order.Count} tasks", $"name one: {string.Join(", ", run.Order.Take(20).Select(name => $"{id}/{name}"))}"));
        return (run, run.TaskOf(task), (target as AttemptTarget)?.Ref.Number);
    }
}
