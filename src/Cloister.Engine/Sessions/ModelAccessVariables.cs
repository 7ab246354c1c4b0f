namespace Cloister.Sessions;

/// <summary>
/// Which variables give access to a model: the one table of them, for the command that sends them with a run, for the engine that keeps
/// those of different runs apart, and for the agent that gets them.
/// </summary>
internal static class ModelAccessVariables
{
    // How a service is reached; not whose account pays.
    private static readonly string[] Ways =
    [
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        "CLAUDE_CODE_SUBAGENT_MODEL", "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    ];

    private static readonly string[] Accounts =
    [
        "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN",
        "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY",
        "CLAUDE_CODE_SKIP_BEDROCK_AUTH", "CLAUDE_CODE_SKIP_VERTEX_AUTH", "CLAUDE_CODE_SKIP_FOUNDRY_AUTH",
    ];

    private static readonly string[] Credentials = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];

    private const string Prefix = "ANTHROPIC_";

    // A provider's credentials travel only when that provider is used: every tool the agent runs sees them.
    private static readonly (string Switch, string[] Names, string[] Prefixes)[] Providers =
    [
        ("CLAUDE_CODE_USE_BEDROCK", [], ["AWS_"]),
        ("CLAUDE_CODE_USE_VERTEX", ["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUD_ML_REGION"], ["VERTEX_REGION_"]),
        ("CLAUDE_CODE_USE_FOUNDRY", [], ["AZURE_"]),
    ];

    /// <summary>Those of an environment.</summary>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyDictionary<string, string> environment) =>
        environment.Where(variable => Has(variable.Key, environment)).ToDictionary(StringComparer.Ordinal);

    /// <summary>True when the variable gives access in this environment.</summary>
    public static bool Has(string name, IReadOnlyDictionary<string, string> environment) =>
        IsWay(name) || IsAccount(name) || Array.Exists(Providers, provider => environment.ContainsKey(provider.Switch) && IsOf(provider, name));

    /// <summary>True when the variable gives access in some environment: another one's must not fill its place.</summary>
    public static bool MayHave(string name) => IsWay(name) || IsAccount(name) || Array.Exists(Providers, provider => IsOf(provider, name));

    /// <summary>True when it only says how the service is reached.</summary>
    public static bool IsWay(string name) => Ways.Contains(name, StringComparer.Ordinal);

    /// <summary>True when the environment itself says whose account pays; false: a login does, which lies in a file.</summary>
    public static bool HasCredential(IReadOnlyDictionary<string, string> environment) =>
        Credentials.Any(environment.ContainsKey) || Array.Exists(Providers, provider => environment.ContainsKey(provider.Switch));

    /// <summary>True when the model is reached over the Messages API itself, by whatever address.</summary>
    public static bool IsFirstParty(IReadOnlyDictionary<string, string> environment) =>
        !Array.Exists(Providers, provider => environment.ContainsKey(provider.Switch));

    private static bool IsAccount(string name) => Accounts.Contains(name, StringComparer.Ordinal) || name.StartsWith(Prefix, StringComparison.Ordinal);

    private static bool IsOf((string Switch, string[] Names, string[] Prefixes) provider, string name) =>
        provider.Names.Contains(name, StringComparer.Ordinal) || Array.Exists(provider.Prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
