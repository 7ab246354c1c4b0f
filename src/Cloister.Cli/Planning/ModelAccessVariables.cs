namespace Cloister.Cli.Planning;

/// <summary>
/// What of the user's environment travels with a run, in memory only: access to the model, because the engine may have been started from
/// another shell, with another account. Everything else an agent sees is the engine's own.
/// </summary>
internal static class ModelAccessVariables
{
    private static readonly string[] Proxies =
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"];

    private static readonly string[] Prefixes = ["ANTHROPIC_", "CLAUDE_"];

    // A provider's credentials travel only when that provider is used.
    private static readonly (string Switch, string[] Prefixes)[] Providers =
    [
        ("CLAUDE_CODE_USE_BEDROCK", ["AWS_"]),
        ("CLAUDE_CODE_USE_VERTEX", ["GOOGLE_", "GCLOUD_", "CLOUD_ML_", "VERTEX_"]),
        ("CLAUDE_CODE_USE_FOUNDRY", ["AZURE_"]),
    ];

    public static IReadOnlyDictionary<string, string> Of(IReadOnlyDictionary<string, string> environment)
    {
        var prefixes = Providers.Where(provider => environment.ContainsKey(provider.Switch)).SelectMany(provider => provider.Prefixes).Concat(Prefixes).ToList();
        return environment
            .Where(variable => Proxies.Contains(variable.Key, StringComparer.Ordinal) || prefixes.Exists(prefix => variable.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(StringComparer.Ordinal);
    }
}
