namespace Cloister.Agents;

/// <summary>Claude Code's words for how much an agent may do unasked.</summary>
internal static class PermissionModes
{
    public const string AcceptEdits = "acceptEdits";
    public const string Bypass = "bypassPermissions";
    public const string Plan = "plan";

    public static readonly string[] All = ["default", AcceptEdits, Plan, "auto", "dontAsk", Bypass];

    // The newer name of "default".
    private const string Manual = "manual";

    /// <summary>The word as the CLI's oldest supported version knows it; null when it is none.</summary>
    public static string? Read(string word) => word == Manual ? "default" : All.Contains(word, StringComparer.Ordinal) ? word : null;
}
