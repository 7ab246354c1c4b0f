using System.Globalization;
using System.Text;
using Cloister.Plans;

namespace Cloister.Runs;

/// <summary>What agents are told about their limits, and what the next one is told about the one before it. Pure.</summary>
internal static class HandoverTexts
{
    // The work is in the workspace; words are for what cannot be seen there.
    private const int LongestQuote = 16_000;

    /// <summary>Its time was nearly up and it has more.</summary>
    public static string MoreTime(GrantTime grant) => string.Create(
        CultureInfo.InvariantCulture,
        $"Your time was nearly up: you have {Math.Max(1, Math.Round(grant.Time.TotalMinutes)):0} more minutes (extension {grant.Number} of {SessionLimits.MostExtensions}). Go on, and finish within them.");

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

    /// <summary>The first message of the conversation that takes over.</summary>
    public static string Prompt(TaskView task, AttemptView ended)
    {
        var told = task.Attempts.FindLast(attempt => !attempt.Resume) ?? task.Attempts[0];
        return $"{Original(told.Prompt)}\n\n{Mark}\n{Document(task, ended)}";
    }

    /// <summary>The hand-over as it stands in <c>progress/HANDOVER.md</c>: what the agent said, in its own words, and what can be seen.</summary>
    public static string Document(TaskView task, AttemptView ended)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Hand-over {task.Handovers}: {task.Definition.Title}")
            .AppendLine()
            .AppendLine(ended.HandoverAsked?.Cause == TaskReason.Timeout ? "The conversation before this one ran out of time." : "The conversation before this one reached its context limit.")
            .AppendLine("Everything it made is in this workspace and is committed. Look at it, then go on with what is left; do not begin again.");
        if (ended.Handover is { Length: > 0 } written)
        {
            Section(text, "What it wrote", Quotation.Of(written, LongestQuote));
        }
        else
        {
            Section(text, "Done", Said(ended.DeclaredSummary ?? ended.Outcome?.Result, "it said nothing"));
            Section(text, "Pending", Said(ended.DeclaredLeft, "it did not say: compare the task with what is in the workspace"));
        }
        if (ended.Work is { HasChanges: true } work)
            Section(text, "Files", string.Create(CultureInfo.InvariantCulture, $"{work.FilesChanged} files changed since the task began, +{work.Added} −{work.Removed}; git log and git diff show them."));
        return text.ToString().TrimEnd();
    }

    private const string Mark = "---";

    // What an earlier hand-over added is told once, by the newest.
    private static string Original(string prompt)
    {
        var at = prompt.IndexOf($"\n\n{Mark}\n# Hand-over ", StringComparison.Ordinal);
        return at < 0 ? prompt : prompt[..at];
    }

    private static string Said(string? words, string otherwise) => words is { Length: > 0 } ? Quotation.Of(words, LongestQuote) : $"({otherwise})";

    private static void Section(StringBuilder text, string heading, string body) => text.AppendLine().AppendLine($"## {heading}").AppendLine().AppendLine(body);
}
