using Cloister.Sessions;

namespace Cloister.Claude.Launch;

/// <summary>
/// The environment of an agent process: an allow-list of the user's own variables and the settings of our launch profile. Values are
/// only ever handed on in memory.
/// </summary>
internal static class AgentEnvironment
{
    // What any program needs, and what the project's own tools are found by.
    private static readonly string[] Basics =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR",
        "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
        "DOTNET_ROOT", "JAVA_HOME", "GOPATH", "GOROOT", "CARGO_HOME", "RUSTUP_HOME", "NVM_DIR", "PYENV_ROOT", "VIRTUAL_ENV",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
        // Says that the whole machine is a sandbox; only then does the CLI let root bypass permissions.
        "IS_SANDBOX",
    ];

    private static readonly (string Name, string Value)[] Profile =
    [
        ("TERM", "dumb"),
        ("DISABLE_AUTOUPDATER", "1"),
        ("DISABLE_TELEMETRY", "1"),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        // Agents that share a folder and a config directory would share notes.
        ("CLAUDE_CODE_DISABLE_AUTO_MEMORY", "1"),
        ("CLAUDE_CODE_DISABLE_GIT_INSTRUCTIONS", "1"),
        ("CLAUDE_CODE_SIMPLE_SYSTEM_PROMPT", "1"),
        // "idle" is the only sign that a turn is really over.
        ("CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS", "1"),
        // A task ends when its agent says so, not when something it left running does.
        ("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS", "1"),
        // The retry policy is ours: it knows all agents of a credential, the CLI knows one.
        ("CLAUDE_CODE_MAX_RETRIES", "3"),
        // A stream that never begins is cut after five minutes instead of never.
        ("CLAUDE_ENABLE_STREAM_WATCHDOG", "1"),
        ("ENABLE_TOOL_SEARCH", "false"),
        ("MCP_CONNECTION_NONBLOCKING", "0"),
        ("MCP_CONNECT_TIMEOUT_MS", "30000"),
        // A question may wait for its person over a holiday: 23 days, the longest a JavaScript timer can hold.
        ("MCP_TOOL_TIMEOUT", "2000000000"),
        // Builds and test suites take longer than the CLI's two minutes.
        ("BASH_DEFAULT_TIMEOUT_MS", "600000"),
        ("BASH_MAX_TIMEOUT_MS", "3600000"),
    ];

    /// <summary>The variables for one agent.</summary>
    /// <param name="user">The user's environment and configuration, unfiltered.</param>
    /// <param name="configDirectory">A configuration folder of the agent's own; null: the user's.</param>
    public static IReadOnlyDictionary<string, string> Build(IReadOnlyDictionary<string, string> user, string? configDirectory = null)
    {
        var variables = user
            .Where(variable => IsAllowed(variable.Key, user) && !variable.Value.Contains('\0', StringComparison.Ordinal))
            .ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in Profile)
            variables[name] = value;
        if (configDirectory is not null)
            variables["CLAUDE_CONFIG_DIR"] = configDirectory;
        return variables;
    }

    private static bool IsAllowed(string name, IReadOnlyDictionary<string, string> user) =>
        Basics.Contains(name, StringComparer.Ordinal) || name.StartsWith("LC_", StringComparison.Ordinal) || ModelAccessVariables.Has(name, user);
}
