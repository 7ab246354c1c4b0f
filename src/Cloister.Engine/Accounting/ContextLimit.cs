namespace Cloister.Accounting;

/// <summary>What a session's context may grow to.</summary>
/// <param name="Own">The session's own limit in tokens; null: Claude Code compacts by itself at its window.</param>
/// <param name="Window">The model's window in tokens; 0: not known yet.</param>
internal readonly record struct ContextLimit(long? Own, long Window)
{
    /// <summary>Above this share a context is handed over: what is left is enough for the agent's last words.</summary>
    public const int ImminentPercent = 90;

    private const int WarningPercent = 80;

    /// <summary>The smaller of the two; 0 while nothing is known.</summary>
    public long Tokens => (Own, Window) switch
    {
        (null, var window) => Math.Max(0, window),
        ({ } own, <= 0) => Math.Max(0, own),
        ({ } own, var window) => Math.Max(0, Math.Min(own, window)),
    };

    /// <summary>The zone of a context of so many tokens; normal while no limit is known.</summary>
    public ContextZone ZoneOf(long used)
    {
        var limit = Tokens;
        if (limit == 0 || used <= 0)
            return ContextZone.Normal;
        if (used > limit)
            return ContextZone.Over;
        var percent = 100 * (decimal)used / limit;
        return percent > ImminentPercent ? ContextZone.Imminent : percent >= WarningPercent ? ContextZone.Warning : ContextZone.Normal;
    }

    /// <summary>
    /// True when the work has to go on in a fresh conversation: only for a session with a limit of its own, since without one Claude Code
    /// compacts, and a hand-over would be a second cure for the same thing.
    /// </summary>
    public bool WantsHandOver(long used) => Own is not null && ZoneOf(used) is (ContextZone.Imminent or ContextZone.Over);
}
