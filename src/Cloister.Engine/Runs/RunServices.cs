using System.Collections.Concurrent;
using Cloister.Plans;
using Cloister.Sessions;
using Cloister.Workspaces;
using Microsoft.Extensions.Logging;

namespace Cloister.Runs;

/// <summary>What every run of an engine shares.</summary>
internal sealed class RunServices
{
    public required IRunStore Store { get; init; }

    public required IAgentBackend Backend { get; init; }

    /// <summary>By the word plans use for them.</summary>
    public required IReadOnlyDictionary<string, IWorkspaceProvider> Workspaces { get; init; }

    public required RunSources Sources { get; init; }

    public required CommandRunner Commands { get; init; }

    public required StateFolder State { get; init; }

    public required TimeProvider Time { get; init; }

    public required SlotPool Slots { get; init; }

    public required Breakers Breakers { get; init; }

    public required ModelAccess ModelAccess { get; init; }

    public required UpdateFeed Updates { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Set when an actor could not go on: the process has to go, and its agents wait for the next one.</summary>
    public TaskCompletionSource<CloisterException> Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the plan says, or a worktree where there is git and a fresh directory where there is none.</summary>
    public IWorkspaceProvider WorkspaceFor(RunView view, TaskView task) => Workspaces[KindOf(view, task)];

    public async Task<RunView> LoadAsync(RunId run, CancellationToken cancellationToken)
    {
        RunView? view = null;
        await foreach (var stored in Store.ReadAsync(run, afterPosition: 0, cancellationToken))
            view = view is null ? RunFold.Open((RunAccepted)stored.Event) : RunFold.Apply(view, stored.Event);
        return view ?? throw new CloisterException("run.unknown", $"there is no run {run}", "cloister ps -a lists them");
    }

    private static string KindOf(RunView view, TaskView task) => task.Definition.Workspace switch
    {
        TaskWorkspace.Worktree => "worktree",
        TaskWorkspace.Directory => "directory",
        TaskWorkspace.Current => "current",
        null => view.Source.BaseCommit is null ? "directory" : "worktree",
    };
}

/// <summary>Starts a scenario for a run and gives the variables that lead an agent to it; called again after a restart.</summary>
/// <param name="run">Whose.</param>
/// <param name="scenario">The scenario's text.</param>
/// <param name="cancellationToken">Cancels the start.</param>
public delegate Task<IReadOnlyDictionary<string, string>> StartRehearsal(RunId run, string scenario, CancellationToken cancellationToken);

/// <summary>
/// The variables that give a run access to its model, in memory only: a run keeps those of the shell it was started from, one that was
/// found after a restart uses the engine's own, and one that rehearses gets those of its scenario.
/// </summary>
internal sealed class ModelAccess(IReadOnlyDictionary<string, string> engineEnvironment, StartRehearsal? startRehearsal)
{
    private readonly ConcurrentDictionary<RunId, IReadOnlyDictionary<string, string>> _given = [];
    private readonly ConcurrentDictionary<RunId, Task<IReadOnlyDictionary<string, string>>> _rehearsals = [];

    public void Remember(RunId run, IReadOnlyDictionary<string, string> environment) => _given[run] = environment;

    public async Task<IReadOnlyDictionary<string, string>> OfAsync(RunView view, CancellationToken cancellationToken)
    {
        var given = _given.GetValueOrDefault(view.Id, engineEnvironment);
        if (view.Rehearsal is not { } scenario)
            return given;
        if (startRehearsal is null)
            throw new CloisterException("rehearsal.missing", "this engine has no rehearsal server", "start it with the cloister command");
        var rehearsal = await _rehearsals.GetOrAdd(view.Id, id => startRehearsal(id, scenario, cancellationToken));
        return given.Concat(rehearsal).GroupBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Last().Value, StringComparer.Ordinal);
    }

    /// <summary>Tells credentials apart without showing them; only compared in memory.</summary>
    public string Fingerprint(RunId run) => string.Join(
        '\0', _given.GetValueOrDefault(run, engineEnvironment).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}

/// <summary>The breakers of an engine, one for each credential.</summary>
internal sealed class Breakers(ModelAccess access, TimeProvider timeProvider, Random random)
{
    private readonly ConcurrentDictionary<string, Breaker> _byCredential = [];

    public Breaker For(RunView view) => _byCredential.GetOrAdd(
        view.Rehearsal is null ? access.Fingerprint(view.Id) : $"rehearsal:{view.Id}", _ => new Breaker(timeProvider, random));
}
