using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Cloister.Sessions;

namespace Cloister.Runs;

/// <summary>Starts a scenario for a run and gives the variables that lead an agent to it; called again after a restart.</summary>
/// <param name="run">Whose.</param>
/// <param name="scenario">The scenario's text.</param>
/// <param name="cancellationToken">Cancels the start.</param>
public delegate Task<IReadOnlyDictionary<string, string>> StartRehearsal(RunId run, string scenario, CancellationToken cancellationToken);

/// <summary>
/// The variables a run's agents are started with, in memory only. Access to the model is that of the shell the run was started from, also
/// where that shell had none. An engine that finds a run uses its own environment only where it is recognised as the same access; one
/// that rehearses gets its scenario's and nobody's credentials.
/// </summary>
internal sealed class ModelAccess(IReadOnlyDictionary<string, string> engineEnvironment, StartRehearsal? startRehearsal, string instanceId)
{
    // 48 bits recognise an environment among a person's few; a guess at a secret is confirmed by one in many only.
    private const int FingerprintBytes = 6;

    private readonly Dictionary<string, string> _tools = engineEnvironment
        .Where(variable => !ModelAccessVariables.MayHave(variable.Key))
        .ToDictionary(StringComparer.Ordinal);

    private readonly IReadOnlyDictionary<string, string> _engineAccess = ModelAccessVariables.Of(engineEnvironment);
    private readonly ConcurrentDictionary<RunId, IReadOnlyDictionary<string, string>> _given = [];
    private readonly ConcurrentDictionary<RunId, Task<IReadOnlyDictionary<string, string>>> _rehearsals = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Keeps what a person's environment said for a run.</summary>
    /// <param name="run">Whose.</param>
    /// <param name="environment">The variables; null: the engine's own.</param>
    public void Remember(RunId run, IReadOnlyDictionary<string, string>? environment)
    {
        _given[run] = Among(environment);
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <summary>How it is recognised later.</summary>
    public AccessMark MarkOf(RunId run, IReadOnlyDictionary<string, string>? environment)
    {
        var deciding = Among(environment)
            .Where(variable => !ModelAccessVariables.IsWay(variable.Key))
            .OrderBy(variable => variable.Key, StringComparer.Ordinal)
            .ToList();
        var said = string.Join('\0', deciding.Select(variable => $"{variable.Key}={variable.Value}"));
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes($"{instanceId} {run}"), Encoding.UTF8.GetBytes(said));
        return new AccessMark([.. deciding.Select(variable => variable.Key)], Convert.ToHexStringLower(hash.AsSpan(0, FingerprintBytes)));
    }

    /// <summary>False while starting an agent of this run would bill somebody it was not started for.</summary>
    public bool Has(RunView view) => view.Rehearsal is not null || Find(view) is not null;

    /// <summary>Waits until a person has given it.</summary>
    public async Task UntilKnownAsync(RunView view, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (Has(view))
                return;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The environment of an agent; without access where it is not known: good enough for one that runs already.</summary>
    public async Task<IReadOnlyDictionary<string, string>> OfAsync(RunView view, CancellationToken cancellationToken)
    {
        var access = view.Rehearsal is { } scenario ? await RehearseAsync(view.Id, scenario, cancellationToken) : Find(view);
        var environment = new Dictionary<string, string>(_tools, StringComparer.Ordinal);
        foreach (var (name, value) in access ?? new Dictionary<string, string>(StringComparer.Ordinal))
            environment[name] = value;
        return environment;
    }

    /// <summary>Tells credentials apart without showing them; only compared in memory.</summary>
    public string Fingerprint(RunView view) => Find(view) is { } access
        ? string.Join('\0', access.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"))
        : $"unknown:{view.Id}";

    private IReadOnlyDictionary<string, string> Among(IReadOnlyDictionary<string, string>? environment) =>
        environment is null ? _engineAccess : ModelAccessVariables.Of(environment);

    // A journal from before access was marked says nothing: the engine's own, as it was then.
    private IReadOnlyDictionary<string, string>? Find(RunView view)
    {
        if (_given.TryGetValue(view.Id, out var given))
            return given;
        return view.Access is null || view.Access.Fingerprint == MarkOf(view.Id, _engineAccess).Fingerprint ? _given.GetOrAdd(view.Id, _engineAccess) : null;
    }

    private async Task<IReadOnlyDictionary<string, string>> RehearseAsync(RunId run, string scenario, CancellationToken cancellationToken)
    {
        if (startRehearsal is null)
            throw new CloisterException("rehearsal.missing", "this engine has no rehearsal server", "start it with the cloister command");
        return await _rehearsals.GetOrAdd(run, id => startRehearsal(id, scenario, cancellationToken));
    }
}
