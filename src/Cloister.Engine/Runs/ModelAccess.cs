using System.Collections.Concurrent;

namespace Cloister.Runs;

/// <summary>Starts a scenario for a run and gives the variables that lead an agent to it; called again after a restart.</summary>
/// <param name="run">Whose.</param>
/// <param name="scenario">The scenario's text.</param>
/// <param name="cancellationToken">Cancels the start.</param>
public delegate Task<IReadOnlyDictionary<string, string>> StartRehearsal(RunId run, string scenario, CancellationToken cancellationToken);

/// <summary>
/// The variables a run's agents are started with, in memory only. Access to the model is that of the shell the run was started from; a
/// run that was found after a restart uses the engine's own, and one that rehearses gets its scenario's and nobody's credentials.
/// </summary>
internal sealed class ModelAccess(IReadOnlyDictionary<string, string> engineEnvironment, StartRehearsal? startRehearsal)
{
    private static readonly string[] AccessPrefixes =
        ["ANTHROPIC_", "CLAUDE_", "AWS_", "GOOGLE_", "GCLOUD_", "VERTEX_", "CLOUD_ML_", "AZURE_"];

    private readonly Dictionary<string, string> _tools = engineEnvironment
        .Where(variable => !IsAccess(variable.Key))
        .ToDictionary(StringComparer.Ordinal);

    private readonly Dictionary<string, string> _engineAccess = engineEnvironment
        .Where(variable => IsAccess(variable.Key))
        .ToDictionary(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<RunId, IReadOnlyDictionary<string, string>> _given = [];
    private readonly ConcurrentDictionary<RunId, Task<IReadOnlyDictionary<string, string>>> _rehearsals = [];

    public void Remember(RunId run, IReadOnlyDictionary<string, string> environment)
    {
        if (environment.Count > 0)
            _given[run] = environment;
    }

    public async Task<IReadOnlyDictionary<string, string>> OfAsync(RunView view, CancellationToken cancellationToken)
    {
        var access = view.Rehearsal is { } scenario ? await RehearseAsync(view.Id, scenario, cancellationToken) : AccessOf(view.Id);
        var environment = new Dictionary<string, string>(_tools, StringComparer.Ordinal);
        foreach (var (name, value) in access)
            environment[name] = value;
        return environment;
    }

    /// <summary>Tells credentials apart without showing them; only compared in memory.</summary>
    public string Fingerprint(RunId run) => string.Join(
        '\0', AccessOf(run).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    private IReadOnlyDictionary<string, string> AccessOf(RunId run) => _given.GetValueOrDefault(run, _engineAccess);

    private async Task<IReadOnlyDictionary<string, string>> RehearseAsync(RunId run, string scenario, CancellationToken cancellationToken)
    {
        if (startRehearsal is null)
            throw new CloisterException("rehearsal.missing", "this engine has no rehearsal server", "start it with the cloister command");
        return await _rehearsals.GetOrAdd(run, id => startRehearsal(id, scenario, cancellationToken));
    }

    private static bool IsAccess(string name) => Array.Exists(AccessPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
