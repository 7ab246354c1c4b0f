namespace Cloister.Server.Mcp.Waiting;

/// <summary>How long a client bears a call that has nothing to say yet. The work is never tied to it: who waits on asks again.</summary>
internal static class WaitLimits
{
    /// <summary>Claude Desktop and most others give a call up after 60 seconds, and no setting helps.</summary>
    public static readonly TimeSpan Unknown = TimeSpan.FromSeconds(50);

    // As clients call themselves in their first message. Claude Code gives up after 30 minutes without a sign of life, over HTTP after 5.
    private static readonly Dictionary<string, TimeSpan> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["claude-code"] = TimeSpan.FromSeconds(1500),
        ["claude-ai"] = Unknown,
        ["Visual Studio Code"] = TimeSpan.FromSeconds(150),
        ["cursor-vscode"] = Unknown,
        ["GitHub-Copilot-for-JetBrains"] = TimeSpan.FromSeconds(20),
        ["codex-mcp-client"] = Unknown,
    };

    /// <summary>The longest that a client may be let wait.</summary>
    public static TimeSpan For(string? clientName) => clientName is not null && ByName.TryGetValue(clientName, out var limit) ? limit : Unknown;

    /// <summary>How long this call waits.</summary>
    public static TimeSpan Of(long? seconds, string? clientName)
    {
        if (seconds < 0)
            throw new CloisterException("tool.argument", $"wait_s is {seconds}, and nobody waits less than 0 seconds", "correct it and call again");
        if (seconds is null or 0)
            return TimeSpan.Zero;
        var limit = For(clientName);
        return seconds.Value >= limit.TotalSeconds ? limit : TimeSpan.FromSeconds(seconds.Value);
    }
}
