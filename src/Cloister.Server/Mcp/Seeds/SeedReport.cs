using System.Globalization;
using Cloister.Runs;
using Cloister.Runs.Projection;

namespace Cloister.Server.Mcp.Seeds;

/// <summary>Makes answers of what the journal knows about a task. Pure.</summary>
/// <param name="state">The state folder, absolute: sessions are in it.</param>
internal sealed class SeedReport(StateFolder state)
{
    /// <summary>How a task stands.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="task">The task.</param>
    /// <param name="files">Files it changed.</param>
    /// <param name="now">The time.</param>
    public SeedAnswer Of(RunView run, TaskView task, IReadOnlyList<string> files, DateTimeOffset now)
    {
        var mode = SeedStatus.ModeOf(task);
        var session = mode == SeedStatus.Isolated ? SessionThread.NameOf(run.Id, task.Definition) : null;
        return new SeedAnswer(
            new TaskRef(run.Id, task.Definition.Id).ToString(),
            session,
            SeedStatus.Of(task.State, task.Reason),
            mode,
            task.FallbackReason,
            mode == SeedStatus.Standard ? run.Source.Project : task.WorkingDirectory,
            session is null ? null : CommunicationOf(session),
            SeedResults.Of($"{run.Id}/{task.Definition.Id}", task.Summary, files, [.. task.KeptArtifacts.Select(artifact => artifact.Name)]),
            MetricsOf(run, task, now),
            NextSteps.Of(run, task));
    }

    /// <summary>How a named session without a task stands.</summary>
    public SeedAnswer Of(SessionView session, string nextStep) => new(
        TaskId: null,
        session.Session.Name,
        session.IsOpen ? SeedStatus.Waiting : SeedStatus.Completed,
        SeedStatus.Isolated,
        FallbackReason: null,
        WorkspacePath: null,
        CommunicationOf(session.Session.Name),
        SeedResults.None,
        SeedMetrics.None,
        nextStep);

    /// <summary>What was measured of a task; all of it null while nothing was.</summary>
    public static SeedMetrics MetricsOf(RunView run, TaskView task, DateTimeOffset now)
    {
        if (task.Attempts.IsEmpty)
            return SeedMetrics.None with { Seconds = task is { StartedAt: { } begun, EndedAt: { } ended } ? Rounded((ended - begun).TotalSeconds) : null };
        // The fullest of its conversations says how close it came to its limit.
        var fullest = task.Attempts.MaxBy(attempt => attempt.PeakContextTokens)!;
        var figures = fullest.PeakContextTokens == 0 ? null : SessionFigures.Of(run, task, fullest);
        return new SeedMetrics(
            figures?.ContextTokensUsed,
            Score(figures?.ContextEfficiencyScore),
            Score(figures?.SpecialistContextUtilization),
            Score(figures?.IsolationEffectiveness),
            Math.Round(task.CostUsd, 4),
            Rounded(task.Attempts.Sum(attempt => ((attempt.EndedAt ?? now) - attempt.ClaimedAt).TotalSeconds)));
    }

    /// <summary>The answer as short lines, for clients that show text.</summary>
    public static string Text(SeedAnswer answer)
    {
        var lines = new List<string> { string.Join(' ', new[] { answer.TaskId, answer.Status, answer.Mode }.OfType<string>()) };
        Add(lines, "session", answer.SessionId);
        Add(lines, "not isolated", answer.FallbackReason);
        Add(lines, "workspace", answer.WorkspacePath);
        Add(lines, "messages", answer.CommunicationDir);
        if (answer.Results.Summary is { } summary)
            lines.Add(summary);
        Add(lines, "files", Joined(answer.Results.Files));
        Add(lines, "artifacts", Joined(answer.Results.Artifacts));
        Add(lines, "and", answer.Results.More);
        Add(lines, "measured", Measured(answer.Metrics));
        Add(lines, "next", answer.NextStep);
        return string.Join('\n', lines);
    }

    /// <summary>Where the messages of a session are.</summary>
    public string CommunicationOf(string session) => Path.Combine(state.Session(session), "communication");

    private static double? Score(double? score) => score is { } known ? Math.Round(known, 4) : null;

    private static double Rounded(double seconds) => Math.Round(Math.Max(0, seconds), 1);

    private static void Add(List<string> lines, string name, string? value)
    {
        if (value is { Length: > 0 })
            lines.Add($"{name}: {value}");
    }

    private static string Joined(IReadOnlyList<string> names) => string.Join(", ", names);

    private static string Measured(SeedMetrics metrics)
    {
        var parts = new List<string>();
        if (metrics.ContextTokensUsed is { } tokens)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens of context"));
        if (metrics.SpecialistContextUtilization is { } share)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.#}% of its limit"));
        if (metrics.CostUsd is { } cost)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"${cost:0.00##}"));
        if (metrics.Seconds is { } seconds)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{seconds} s"));
        return string.Join(", ", parts);
    }
}
