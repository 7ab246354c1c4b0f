using System.Globalization;
using Cloister.Plans;
using Cloister.SessionFiles;

namespace Cloister.Runs.Prompts;

/// <summary>What agents are told about their limits, and what the next one is told about the one before it. Pure.</summary>
internal static class HandoverTexts
{
    // The work is in the workspace; words are for what cannot be seen there.
    private const int LongestQuote = 16_000;

    /// <summary>Its time was nearly up and it has more.</summary>
    public static string MoreTime(GrantTime grant) => string.Create(
        CultureInfo.InvariantCulture,
        $"Your time was nearly up: you have {Words(grant.Time)} more (extension {grant.Number} of {SessionLimits.MostExtensions}). Go on, and finish within them.");

    private static string Words(TimeSpan time) => time < TimeSpan.FromMinutes(2)
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Round(time.TotalSeconds):0} seconds")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Round(time.TotalMinutes, 1):0.#} minutes");

    /// <summary>Asks an agent to write down where it is.</summary>
    public static string Request(TaskView task, AttemptView attempt)
    {
        var why = attempt.HandoverAsked!.Cause == TaskReason.Timeout ? "The time of this conversation is nearly up." : "This conversation's context is nearly full.";
        var how = task.Definition.Session.Communication switch
        {
            Communication.Tools => "call done: in summary what is finished, what you decided and why, and which files matter; in left everything that is still to do. When the whole task is finished, leave left out.",
            Communication.Files => "write progress/HANDOVER.md in the session folder, under the headings Done, Pending, Decisions and Files. When the whole task is finished, write results/summary.md instead.",
        };
        return $"{why} A fresh conversation will take over in this workspace; it knows nothing of this one. Stop at the next safe point and {how} Then end your turn.";
    }

    /// <summary>The task's words for the conversation that takes over, and the hand-over below them.</summary>
    public static string Prompt(TaskView task, AttemptView ended)
    {
        var told = task.Attempts.FindLast(attempt => !attempt.Resume) ?? task.Attempts[0];
        return $"{Original(told.Prompt)}\n\n{Document(task, ended).ToMarkdown()}";
    }

    /// <summary>What one conversation leaves to the next: what the agent said, in its own words, and what can be seen.</summary>
    public static HandOver Document(TaskView task, AttemptView ended)
    {
        var asked = ended.HandoverAsked ?? new AskedHandover(ended.EndedAt ?? ended.ClaimedAt, TaskReason.Context);
        var words = ended.Handover is { Length: > 0 } written ? Cut(written) : null;
        IReadOnlyList<string> done = (ended.DeclaredSummary ?? (words is null ? ended.Outcome?.Result : null)) is { Length: > 0 } summary ? [Cut(WithoutLeft(summary, ended.DeclaredLeft))] : [];
        IReadOnlyList<string> pending = ended.DeclaredLeft is { Length: > 0 } left ? [Cut(left)] : [];
        var checkpoint = done.Count + pending.Count > 0 ? new Checkpoint(done, pending, [], "", [], asked.At, Reason(asked.Cause)) : null;
        return new HandOver(
            task.Definition.Id,
            string.Create(CultureInfo.InvariantCulture, $"{ended.Number}"),
            asked.Cause == TaskReason.Timeout ? "The time of this conversation was up." : "The context of this conversation was full.",
            asked.At,
            checkpoint,
            ended.Work is { Commit: { } commit } work ? [string.Create(CultureInfo.InvariantCulture, $"{commit[..7]} {work.FilesChanged} files changed since the task began, +{work.Added} −{work.Removed}")] : [],
            words);
    }

    // What an earlier hand-over added is told once, by the newest.
    private static string Original(string prompt)
    {
        var at = prompt.IndexOf($"\n\n{HandOver.Mark}", StringComparison.Ordinal);
        return at < 0 ? prompt : prompt[..at];
    }

    // What is left stands below what is done, for whoever reads the two together.
    private static string WithoutLeft(string summary, string? left) =>
        left is not null && summary.EndsWith($"\n\nLeft: {left}", StringComparison.Ordinal) ? summary[..^($"\n\nLeft: {left}".Length)] : summary;

    private static string Cut(string words) => words.Length <= LongestQuote ? words : $"{words[..LongestQuote]} […]";

    private static string Reason(TaskReason cause) => cause == TaskReason.Timeout ? "timeout" : "context";
}
