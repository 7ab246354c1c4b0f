using System.Collections.Concurrent;
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

    public required StateFolder State { get; init; }

    public required TimeProvider Time { get; init; }

    public required SlotPool Slots { get; init; }

    public required Breakers Breakers { get; init; }

    public required ModelAccess ModelAccess { get; init; }

    public required UpdateFeed Updates { get; init; }

    public required ILogger Logger { get; init; }

    public async Task<RunView> LoadAsync(RunId run, CancellationToken cancellationToken)
    {
        RunView? view = null;
        await foreach (var stored in Store.ReadAsync(run, afterPosition: 0, cancellationToken))
            view = view is null ? RunFold.Open((RunAccepted)stored.Event) : RunFold.Apply(view, stored.Event);
        return view ?? throw new CloisterException("run.unknown", $"there is no run {run}", "cloister ps -a lists them");
    }
}

/// <summary>
/// The variables that give a run access to its model, in memory only: a run keeps those of the shell it was started from, and one that
/// was found after a restart uses the engine's own.
/// </summary>
internal sealed class ModelAccess(IReadOnlyDictionary<string, string> engineEnvironment)
{
    private readonly ConcurrentDictionary<RunId, IReadOnlyDictionary<string, string>> _byRun = [];

    public void Remember(RunId run, IReadOnlyDictionary<string, string> environment) => _byRun[run] = environment;

    public IReadOnlyDictionary<string, string> Of(RunId run) => _byRun.GetValueOrDefault(run, engineEnvironment);
}

/// <summary>The breakers of an engine, one for each credential.</summary>
internal sealed class Breakers(ModelAccess access, TimeProvider timeProvider, Random random)
{
    private readonly ConcurrentDictionary<string, Breaker> _byCredential = [];

    public Breaker For(RunId run) => _byCredential.GetOrAdd(Fingerprint(access.Of(run)), _ => new Breaker(timeProvider, random));

    // Only compared in memory; never written or logged.
    private static string Fingerprint(IReadOnlyDictionary<string, string> environment) =>
        string.Join('\0', environment.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}
