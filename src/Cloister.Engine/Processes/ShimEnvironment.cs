using System.Collections;

namespace Cloister.Processes;

/// <summary>
/// How the agent's environment travels through the shim: under a prefix, so that a variable meant for the agent (a preload, a
/// runtime setting) does nothing to the shim and the shim's own settings do not reach the agent.
/// </summary>
internal static class ShimEnvironment
{
    private const string Prefix = "CLOISTER_AGENT_";

    // The shim waits most of its life: one small heap, no background threads, no second compilation,
    // nothing to attach a debugger to.
    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["DOTNET_EnableDiagnostics"] = "0",
        ["DOTNET_EnableWriteXorExecute"] = "0",
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_GCgen0size"] = "0x100000",
        ["DOTNET_GCHeapHardLimit"] = "0x10000000",
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_TC_CallCounting"] = "0",
    };

    // What a .NET program needs to start, what decides where its socket is, and where it is told to die.
    private static readonly string[] Inherited =
        ["DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64", "XDG_RUNTIME_DIR", CrashPoint.Variable, CrashPoint.TicketVariable];

    /// <summary>The environment to start a shim with.</summary>
    public static Dictionary<string, string> OfShim(IReadOnlyDictionary<string, string> agent, IReadOnlyDictionary<string, string> extra)
    {
        var variables = new Dictionary<string, string>(Settings, StringComparer.Ordinal);
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                variables[name] = value;
        }
        foreach (var (name, value) in extra)
            variables[name] = value;
        foreach (var (name, value) in agent)
            variables[Prefix + name] = value;
        return variables;
    }

    /// <summary>The environment the shim starts its agent with.</summary>
    public static Dictionary<string, string> OfAgent(AttemptSpec spec)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { [AttemptSpec.MarkerName] = spec.Nonce };
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
                variables[name[Prefix.Length..]] = (string?)variable.Value ?? "";
        }
        return variables;
    }
}
