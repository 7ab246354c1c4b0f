namespace Cloister.Delegation;

/// <summary>Where a task is done.</summary>
internal enum TaskPlace
{
    /// <summary>In a session of its own.</summary>
    Isolated,

    /// <summary>By whoever asked, with the specialist's context.</summary>
    Standard,

    /// <summary>As a subagent inside one Claude Code process.</summary>
    Subagent,

    /// <summary>A person decides first.</summary>
    Ask,
}

/// <summary>What the choice of a mode depends on.</summary>
/// <param name="Setting">What was said about it.</param>
/// <param name="Advice">What the delegation rules say.</param>
/// <param name="Obstacles">Why isolation cannot start now; empty: it can.</param>
/// <param name="ReadsOnly">True when its agent changes nothing.</param>
internal sealed record ModeQuestion(ModeSetting Setting, DelegationAdvice Advice, IReadOnlyList<Obstacle> Obstacles, bool ReadsOnly = false);

/// <summary>Where a task is done, and why. Every choice has its reason.</summary>
/// <param name="Place">Where.</param>
/// <param name="Reason">One sentence without a full stop.</param>
/// <param name="FallbackReason">Why it is not isolated although it should have been; null: nothing fell back.</param>
internal sealed record ModeChoice(TaskPlace Place, string Reason, string? FallbackReason = null)
{
    // Below it the work is cheap enough to share a process, as long as it changes nothing there.
    private const long CheapBelow = 2_000;

    /// <summary>Decides.</summary>
    public static ModeChoice Of(ModeQuestion question)
    {
        var setting = question.Setting;
        var said = $"{setting.Origin} {setting.Word}";
        if (setting.Mode == IsolationMode.Off)
            return new ModeChoice(TaskPlace.Standard, said);
        if (setting.Mode == IsolationMode.Auto && !question.Advice.Delegate)
            return new ModeChoice(TaskPlace.Standard, $"{said}: {question.Advice.Reason}");
        if (question.Obstacles.Count > 0)
            return Standard(said, question.Obstacles);
        return setting.Mode switch
        {
            IsolationMode.Ask => new ModeChoice(TaskPlace.Ask, $"{said}; advice: {(question.Advice.Delegate ? "isolated" : "standard")}, {question.Advice.Reason}"),
            IsolationMode.Auto => ByItsSize($"{said}: {question.Advice.Reason}", question),
            IsolationMode.Always or IsolationMode.Off => new ModeChoice(TaskPlace.Isolated, said),
        };
    }

    private static ModeChoice Standard(string said, IReadOnlyList<Obstacle> obstacles)
    {
        var why = string.Join(", and ", obstacles.Select(obstacle => obstacle.Words));
        return new ModeChoice(TaskPlace.Standard, $"{said}, but isolation cannot start: {why}", why);
    }

    private static ModeChoice ByItsSize(string reason, ModeQuestion question) => question.ReadsOnly && question.Advice.Estimate.Tokens < CheapBelow
        ? new ModeChoice(TaskPlace.Subagent, $"{reason}; it is small and changes nothing, so a subagent is enough")
        : new ModeChoice(TaskPlace.Isolated, reason);
}
