using Cloister.Plans.Format;
using Cloister.Plans.Syntax;

namespace Cloister.Plans.Loading;

/// <summary>Reads what a task, or the plan for all of them, says about sessions.</summary>
internal static class SessionReader
{
    public static SessionSettings Read(SectionReader section, SessionSettings fallback) => new(
        Name: section.Text(SessionKeys.Session) ?? fallback.Name,
        Isolation: section.Get(SessionKeys.Isolation, fallback.Isolation),
        Preserve: section.Get(SessionKeys.Preserve, fallback.Preserve),
        Communication: section.Get(SessionKeys.Communication, fallback.Communication),
        OnTimeout: section.Get(SessionKeys.OnTimeout, fallback.OnTimeout),
        AutoRecovery: section.Get(SessionKeys.AutoRecovery, fallback.AutoRecovery),
        ContextLimit: section.Optional(SessionKeys.ContextLimit) ?? fallback.ContextLimit,
        Mode: section.Get(SessionKeys.Mode, fallback.Mode));

    /// <summary>The settings of a task, with what only a task has; what it says itself must not contradict itself.</summary>
    public static SessionSettings OfTask(SectionReader section, TaskDefaults standard, string owner, ProblemList problems)
    {
        var settings = standard.Session with { Folder = section.Text(SessionKeys.Folder) };
        if (settings.Name is null && section.ValueSpan(SessionKeys.Preserve) is { } preserve)
            problems.Error("plan.session", $"{owner} has a session of its own: there is nothing to preserve", preserve, help: "name the session that it shares: session: backend");
        if (settings.Isolation == IsolationLevel.Full && standard.Instructions && section.ValueSpan(TaskKeys.Instructions) is { } instructions)
            problems.Error("plan.session", $"{owner} is fully isolated, and is to have the project's instructions", instructions, help: "leave instructions out, or say isolation: partial");
        if (settings.Mode == ExecutionMode.Subagent)
            CheckSubagent(section, settings, owner, problems);
        return settings;
    }

    // It lives in a conversation that is not its own: that can be neither limited nor handed over.
    private static void CheckSubagent(SectionReader section, SessionSettings settings, string owner, ProblemList problems)
    {
        if (section.ValueSpan(SessionKeys.ContextLimit) is { } limit)
            problems.Error("plan.session", $"{owner} is a subagent: its context has no limit of its own", limit, help: "leave contextLimit out, or say mode: isolated");
        if (settings.OnTimeout == TimeoutHandling.Handover && section.ValueSpan(SessionKeys.OnTimeout) is { } timeout)
            problems.Error("plan.session", $"{owner} is a subagent: its conversation cannot be handed over", timeout, help: "say onTimeout: fail or extend, or mode: isolated");
    }
}
