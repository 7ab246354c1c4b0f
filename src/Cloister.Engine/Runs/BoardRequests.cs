using System.Text.Json.Serialization;
using Cloister.Plans;

namespace Cloister.Runs;

/// <summary>Write tasks down, to be done when somebody asks for them. The key makes a repeated request one.</summary>
/// <param name="Key">Of the request.</param>
/// <param name="Tasks">Complete definitions; their needs are tasks of the run or of this list.</param>
public sealed record AddTasksCommand(string Key, IReadOnlyList<PlanTask> Tasks) : RunCommand;

/// <summary>Open a named session, or change one that is open: what it says holds for tasks that begin from now on.</summary>
public sealed record OpenSessionCommand(NamedSession Session) : RunCommand;

/// <summary>No more tasks come to the session; those that work go on.</summary>
public sealed record CloseSessionCommand(string Session) : RunCommand;

/// <summary>Let an agent do a planned task, or one that was handed out. What is null stays as it was planned.</summary>
public sealed record ReleaseCommand : RunCommand
{
    /// <summary>How its session is kept apart and spoken with.</summary>
    public SessionSettings? Session { get; init; }

    /// <summary>Who does it.</summary>
    public string? Agent { get; init; }

    /// <summary>Which model.</summary>
    public string? Model { get; init; }

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Where it works.</summary>
    public TaskWorkspace? Workspace { get; init; }

    /// <summary>True when an agent that writes may work in the project folder itself.</summary>
    public bool AllowWrites { get; init; }

    /// <summary>What all its attempts together may spend, in US dollars.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>As for <see cref="ResumeCommand"/>.</summary>
    public IReadOnlyDictionary<string, string>? ModelAccess { get; init; }
}

/// <summary>Give a task to whoever asks: they do it in their own conversation, and report with <see cref="CompleteCommand"/>.</summary>
/// <param name="Why">Why no agent does it although one was wanted; null: nobody wanted one.</param>
public sealed record HandOutCommand(string? Why) : RunCommand
{
    /// <summary>True: whoever takes it wants to do it themselves, so that an earlier reason why no agent began holds no longer.</summary>
    public bool AskedFor { get; init; }

    /// <summary>What whoever does it has said so far: it is not done yet; null: nothing.</summary>
    public CallerReport? Report { get; init; }

    /// <summary>The work so far, where it is text; kept as an artifact. May be null.</summary>
    public string? Detail { get; init; }
}

/// <summary>Why a task that was handed out is not done, in the words of whoever does it.</summary>
/// <param name="Need">What it takes to go on.</param>
/// <param name="Summary">Their words. Untrusted text.</param>
public sealed record CallerReport(CallerNeed Need, string Summary);

/// <summary>What a task that was handed out takes to go on.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CallerNeed>))]
public enum CallerNeed
{
    /// <summary>Another round by whoever does it.</summary>
    [JsonStringEnumMemberName("needs_revision")] Revision,

    /// <summary>Something that is missing.</summary>
    [JsonStringEnumMemberName("blocked")] Unblocking,

    /// <summary>A decision of a person.</summary>
    [JsonStringEnumMemberName("escalate")] Decision,
}

/// <summary>Report a task that was handed out, or that was only planned, as done.</summary>
/// <param name="Summary">What was achieved.</param>
/// <param name="Detail">The work itself, where it is text; kept as an artifact. May be null.</param>
/// <param name="Files">Files it made, relative to the project; each is kept as an artifact.</param>
public sealed record CompleteCommand(string Summary, string? Detail, IReadOnlyList<string> Files) : RunCommand;

/// <summary>How a task's limits and failures are treated from now on. What is null stays as it is.</summary>
public sealed record SetPolicyCommand(TimeoutHandling? OnTimeout, bool? AutoRecovery) : RunCommand;
